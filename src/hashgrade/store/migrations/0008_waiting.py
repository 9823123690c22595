from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0007_drafts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='waiting',
            index=models.Index(fields=['stage', 'rule', 'kind', 'due', 'number'], name='waiting_by_both'),
        ),
    ]

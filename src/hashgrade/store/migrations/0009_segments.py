from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0008_waiting'),
    ]

    operations = [
        migrations.AddField(
            model_name='reading',
            name='segments',
            field=models.TextField(null=True),
        ),
    ]

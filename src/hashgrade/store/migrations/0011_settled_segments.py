from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0010_unsettled'),
    ]

    operations = [
        migrations.AddField(
            model_name='settlement',
            name='segments',
            field=models.TextField(null=True),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0009_segments'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='item',
            name='item_differs',
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('differs', ''), _negated=True), fields=['first_seen', 'id', 'kind', 'differs'], name='item_unsettled'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('differs', ''), _negated=True), fields=['kind', 'differs'], name='item_differs_on'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('grade', None), ('readings__gt', 0)), fields=['wanted_by', 'first_seen'], name='item_read_once'),
        ),
    ]

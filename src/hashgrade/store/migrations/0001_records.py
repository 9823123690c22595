import django.db.models.deletion
from django.db import migrations, models


# A table that a later migration rebuilds loses its triggers on SQLite: it must call `guard` again.
TRIGGERS = [
    """CREATE TRIGGER settled_by_a_reader BEFORE INSERT ON store_settlement
    WHEN EXISTS (SELECT 1 FROM store_reading WHERE item_id = NEW.item_id AND reader = NEW."by")
    BEGIN SELECT RAISE(ABORT, 'a reader of an item cannot settle it'); END""",
    """CREATE TRIGGER read_by_a_settler BEFORE INSERT ON store_reading
    WHEN EXISTS (SELECT 1 FROM store_settlement WHERE item_id = NEW.item_id AND "by" = NEW.reader)
    BEGIN SELECT RAISE(ABORT, 'who settled an item cannot read it'); END""",
]


def guard(apps, editor):
    if editor.connection.vendor == "sqlite":
        for trigger in TRIGGERS:
            editor.execute(trigger)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=200)),
                ('why', models.TextField()),
                ('did', models.TextField()),
                ('previous', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('md5', models.CharField(db_index=True, max_length=32, null=True)),
                ('sha1', models.CharField(db_index=True, max_length=40, null=True)),
                ('kind', models.CharField(max_length=8)),
                ('size_bytes', models.BigIntegerField(null=True)),
                ('width', models.IntegerField(null=True)),
                ('height', models.IntegerField(null=True)),
                ('pdq', models.CharField(max_length=64, null=True)),
                ('pdq_quality', models.SmallIntegerField(null=True)),
                ('pdq_as_displayed', models.CharField(max_length=64, null=True)),
                ('first_seen', models.DateTimeField(db_index=True)),
                ('known', models.CharField(max_length=8, null=True)),
                ('extra', models.TextField(default='{}')),
                ('cluster', models.BigIntegerField(db_index=True, null=True)),
                ('grade', models.TextField(null=True)),
                ('differs', models.TextField(default='')),
                ('readings', models.SmallIntegerField(default=0)),
                ('settled', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reader', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('grade', models.TextField()),
                ('seconds_visible', models.FloatField(null=True)),
                ('supersedes', models.DateTimeField(null=True)),
                ('current', models.BooleanField(default=True)),
                ('extra', models.TextField(default='{}')),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('report', models.CharField(max_length=200, unique=True)),
                ('source', models.CharField(max_length=200)),
                ('received_at', models.DateTimeField()),
                ('outcome', models.CharField(max_length=200, null=True)),
                ('extra', models.TextField(default='{}')),
            ],
        ),
        migrations.CreateModel(
            name='Resemblance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('distance_bits', models.SmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('grade', models.TextField()),
                ('extra', models.TextField(default='{}')),
            ],
        ),
        migrations.CreateModel(
            name='Sighting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.TextField()),
                ('seen_at', models.DateTimeField()),
                ('report', models.CharField(default='', max_length=200)),
                ('site_type', models.CharField(max_length=100, null=True)),
                ('original_upload', models.BooleanField(null=True)),
                ('extra', models.TextField(default='{}')),
            ],
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('number', models.IntegerField()),
                ('issued_at', models.DateTimeField()),
                ('manifest_sha256', models.CharField(max_length=64)),
                ('members', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'number'), name='edition_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportedList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('edition', models.CharField(max_length=200)),
                ('imported_at', models.DateTimeField()),
                ('current', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'edition'), name='imported_once'), models.UniqueConstraint(condition=models.Q(('current', True)), fields=('name',), name='imported_one_current')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('sha256', models.CharField(db_index=True, max_length=64, null=True)),
                ('md5', models.CharField(db_index=True, max_length=32, null=True)),
                ('sha1', models.CharField(db_index=True, max_length=40, null=True)),
                ('pdq', models.CharField(max_length=64, null=True)),
                ('pdq_quality', models.SmallIntegerField(null=True)),
                ('skip', models.BooleanField(default=False)),
                ('extra', models.TextField(default='{}')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.importedlist')),
            ],
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='store.item')),
                ('reader', models.CharField(db_index=True, max_length=200)),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('grade__isnull', True)), fields=['first_seen', 'id'], name='item_ungraded'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('differs', ''), _negated=True), fields=['id'], name='item_differs'),
        ),
        migrations.AddField(
            model_name='reading',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='resemblance',
            name='claim',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.claim'),
        ),
        migrations.AddField(
            model_name='resemblance',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='resemblance',
            name='other',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='sighting',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(fields=('source', 'key'), name='claim_once'),
        ),
        migrations.AddConstraint(
            model_name='reading',
            constraint=models.UniqueConstraint(condition=models.Q(('current', True)), fields=('item', 'reader'), name='reading_one_a_reader'),
        ),
        migrations.AddConstraint(
            model_name='reading',
            constraint=models.UniqueConstraint(fields=('item', 'reader', 'at'), name='reading_once'),
        ),
        migrations.AddConstraint(
            model_name='resemblance',
            constraint=models.UniqueConstraint(fields=('item', 'other'), name='resemblance_item_once'),
        ),
        migrations.AddConstraint(
            model_name='resemblance',
            constraint=models.UniqueConstraint(fields=('item', 'claim'), name='resemblance_claim_once'),
        ),
        migrations.AddConstraint(
            model_name='resemblance',
            constraint=models.CheckConstraint(condition=models.Q(('other__isnull', True), ('claim__isnull', True), _connector='XOR'), name='resemblance_of_one'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('item', 'by', 'at'), name='settlement_once'),
        ),
        migrations.AddConstraint(
            model_name='sighting',
            constraint=models.UniqueConstraint(fields=('url', 'item', 'seen_at', 'report'), name='sighting_once'),
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]

import django.db.models.deletion
from django.db import migrations, models


# What was seen, and what was let happen, is never changed or forgotten; a view may only go on.
# A later migration that rebuilds one of these tables loses its triggers on SQLite, and must call `guard` again.
KEPT = ["store_seen", "store_gold", "store_override"]
TRIGGERS = [
    """CREATE TRIGGER gold_of_a_reader BEFORE INSERT ON store_gold
    WHEN EXISTS (SELECT 1 FROM store_reading WHERE item_id = NEW.item_id AND reader = NEW.reader)
      OR EXISTS (SELECT 1 FROM store_settlement WHERE item_id = NEW.item_id AND "by" = NEW.reader)
    BEGIN SELECT RAISE(ABORT, 'who read or settled an item is not tried with it'); END""",
    """CREATE TRIGGER view_goes_on BEFORE UPDATE ON store_view
    WHEN NEW.ms < OLD.ms OR NEW.ref IS NOT OLD.ref OR NEW.reader IS NOT OLD.reader OR NEW.at IS NOT OLD.at
      OR NEW.how IS NOT OLD.how OR NEW.why IS NOT OLD.why
    BEGIN SELECT RAISE(ABORT, 'a view only goes on'); END""",
    """CREATE TRIGGER view_kept_from_delete BEFORE DELETE ON store_view
    BEGIN SELECT RAISE(ABORT, 'store_view is never forgotten'); END""",
    """CREATE TRIGGER skip_only_ends BEFORE UPDATE ON store_skip
    WHEN OLD.ended_at IS NOT NULL OR NEW.item_id IS NOT OLD.item_id OR NEW.reader IS NOT OLD.reader
      OR NEW.at IS NOT OLD.at OR NEW.reason IS NOT OLD.reason OR NEW.said IS NOT OLD.said
    BEGIN SELECT RAISE(ABORT, 'a skip only ends'); END""",
    """CREATE TRIGGER confirmation_only_ends BEFORE UPDATE ON store_confirmation
    WHEN OLD.taken_back IS NOT NULL OR NEW.item_id IS NOT OLD.item_id OR NEW.leader_id IS NOT OLD.leader_id
      OR NEW."by" IS NOT OLD."by" OR NEW.at IS NOT OLD.at OR NEW."like" IS NOT OLD."like"
    BEGIN SELECT RAISE(ABORT, 'a confirmation is only taken back'); END""",
]


def triggers():
    yield from TRIGGERS
    for table in KEPT:
        for act in ("UPDATE", "DELETE"):
            yield (f"CREATE TRIGGER {table}_kept_from_{act.lower()} BEFORE {act} ON {table} "
                   f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END")


def guard(apps, editor):
    if editor.connection.vendor == "sqlite":
        for trigger in triggers():
            editor.execute(trigger)


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0004_codings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('like', models.BooleanField()),
                ('taken_back', models.DateTimeField(null=True)),
                ('extra', models.TextField(default='{}')),
            ],
        ),
        migrations.CreateModel(
            name='Gold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reader', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('grade', models.TextField()),
                ('seconds_visible', models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Override',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reader', models.CharField(max_length=200)),
                ('by', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('why', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Seen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        migrations.CreateModel(
            name='Skip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reader', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(max_length=40)),
                ('said', models.TextField(default='')),
                ('ended_by', models.CharField(max_length=200, null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_why', models.TextField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(max_length=12)),
                ('kind', models.CharField(max_length=8)),
                ('rule', models.CharField(max_length=200)),
                ('cards', models.BigIntegerField()),
                ('items', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='View',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(max_length=64, unique=True)),
                ('reader', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('ms', models.BigIntegerField()),
                ('how', models.CharField(max_length=12)),
                ('severity', models.CharField(default='', max_length=200)),
                ('why', models.TextField(default='')),
            ],
        ),
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('stage', models.CharField(max_length=12)),
                ('due', models.BigIntegerField()),
                ('points', models.IntegerField()),
                ('rule', models.CharField(max_length=200)),
                ('rules', models.TextField()),
                ('kind', models.CharField(max_length=8)),
                ('items', models.IntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='item',
            name='apart',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='item',
            name='leader',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='item',
            name='wanted',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='item',
            name='wanted_by',
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddField(
            model_name='lease',
            name='gold',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='lease',
            name='leader',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('settled', True)), fields=['id'], name='item_settled'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='leader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='gold',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddIndex(
            model_name='override',
            index=models.Index(fields=['reader', 'until'], name='override_of_a_reader'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('by', models.F('reader')), _negated=True), name='override_by_another'),
        ),
        migrations.AddField(
            model_name='seen',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddField(
            model_name='skip',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(fields=('stage', 'kind', 'rule'), name='tally_once'),
        ),
        migrations.AddIndex(
            model_name='view',
            index=models.Index(fields=['reader', 'at'], name='view_of_a_day'),
        ),
        migrations.AddConstraint(
            model_name='view',
            constraint=models.CheckConstraint(condition=models.Q(('ms__gte', 0)), name='view_lasts'),
        ),
        migrations.AddField(
            model_name='seen',
            name='view',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.view'),
        ),
        migrations.AddField(
            model_name='waiting',
            name='leader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.UniqueConstraint(fields=('item', 'by', 'at'), name='confirmation_once'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_back', None)), fields=('item', 'by'), name='confirmation_one_a_person'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.CheckConstraint(condition=models.Q(('item', models.F('leader')), _negated=True), name='confirmation_of_another'),
        ),
        migrations.AddConstraint(
            model_name='gold',
            constraint=models.UniqueConstraint(fields=('item', 'reader'), name='gold_once'),
        ),
        migrations.AddConstraint(
            model_name='skip',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('item', 'reader'), name='skip_one_stands'),
        ),
        migrations.AddConstraint(
            model_name='skip',
            constraint=models.CheckConstraint(condition=models.Q(('ended_by', None), models.Q(('ended_by', models.F('reader')), _negated=True), _connector='OR'), name='skip_ended_by_another'),
        ),
        migrations.AddConstraint(
            model_name='seen',
            constraint=models.UniqueConstraint(fields=('view', 'item'), name='seen_once'),
        ),
        migrations.AddIndex(
            model_name='waiting',
            index=models.Index(fields=['stage', 'due', 'number'], name='waiting_by_due'),
        ),
        migrations.AddIndex(
            model_name='waiting',
            index=models.Index(fields=['stage', 'kind', 'due', 'number'], name='waiting_by_kind'),
        ),
        migrations.AddIndex(
            model_name='waiting',
            index=models.Index(fields=['stage', 'rule', 'due', 'number'], name='waiting_by_rule'),
        ),
        migrations.AddIndex(
            model_name='reading',
            index=models.Index(fields=['reader', 'at'], name='reading_by_reader'),
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]

import django.db.models.deletion
from django.db import migrations, models


# What was judged, by which text, and what came of it, is never changed: a later migration that rebuilds
# one of these tables loses its triggers on SQLite, and must call `guard` again.
KEPT = ["store_grade", "store_graded", "store_packtext", "store_verdict", "store_judged"]
ENACTED = ["pack", "text_id", "first", "proposed_by", "proposed_at", "proposed_why"]
APPROVED = ["approved_by", "approved_why", "since"]


def triggers():
    for table in KEPT:
        for act in ("UPDATE", "DELETE"):
            yield (f"CREATE TRIGGER {table}_kept_from_{act.lower()} BEFORE {act} ON {table} "
                   f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END")
    proposed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in ENACTED)
    approved = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in APPROVED)
    yield (f"CREATE TRIGGER store_enactment_kept_from_update BEFORE UPDATE ON store_enactment "
           f"WHEN OLD.until IS NOT NULL OR {proposed} OR (OLD.since IS NOT NULL AND ({approved})) "
           f"BEGIN SELECT RAISE(ABORT, 'what was proposed, approved or ended stays so'); END")
    yield ("CREATE TRIGGER store_enactment_kept_from_delete BEFORE DELETE ON store_enactment "
           "BEGIN SELECT RAISE(ABORT, 'store_enactment is never changed'); END")
    yield ("CREATE TRIGGER store_enactment_first_of_all BEFORE INSERT ON store_enactment "
           "WHEN NEW.first AND EXISTS (SELECT 1 FROM store_enactment WHERE pack = NEW.pack AND since IS NOT NULL) "
           "BEGIN SELECT RAISE(ABORT, 'a pack that was in force needs two people'); END")


def guard(apps, editor):
    if editor.connection.vendor == "sqlite":
        for trigger in triggers():
            editor.execute(trigger)


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0002_clips'),
    ]

    operations = [
        migrations.CreateModel(
            name='Grade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('text', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Graded',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('grade', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.grade')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item')),
            ],
        ),
        migrations.CreateModel(
            name='PackText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.CharField(max_length=200)),
                ('version', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('texts', models.TextField()),
                ('review', models.CharField(max_length=20)),
                ('labels', models.TextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('pack', 'digest'), name='pack_text_once')],
            },
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('outcome', models.CharField(max_length=200, null=True)),
                ('at_least', models.CharField(max_length=200)),
                ('could_be', models.TextField()),
                ('missing', models.TextField()),
                ('reasons', models.TextField()),
                ('text', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.packtext')),
            ],
        ),
        migrations.CreateModel(
            name='Judged',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grade', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.grade')),
                ('text', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.packtext')),
                ('verdict', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.verdict')),
            ],
        ),
        migrations.CreateModel(
            name='Enactment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.CharField(max_length=200)),
                ('first', models.BooleanField(default=False)),
                ('proposed_by', models.CharField(max_length=200)),
                ('proposed_at', models.DateTimeField()),
                ('proposed_why', models.TextField()),
                ('approved_by', models.CharField(max_length=200, null=True)),
                ('approved_why', models.TextField(null=True)),
                ('since', models.DateTimeField(null=True)),
                ('until', models.DateTimeField(null=True)),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.packtext')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('since', None), ('until', None)), fields=('pack',), name='enactment_one_waits'), models.UniqueConstraint(condition=models.Q(('since__isnull', False), ('until', None)), fields=('pack',), name='enactment_one_in_force'), models.UniqueConstraint(condition=models.Q(('first', True)), fields=('pack',), name='enactment_one_first'), models.CheckConstraint(condition=models.Q(('since', None), ('first', True), models.Q(('approved_by__isnull', False), models.Q(('approved_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='enactment_by_two')],
            },
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.UniqueConstraint(fields=('text', 'digest'), name='verdict_once'),
        ),
        migrations.AddConstraint(
            model_name='judged',
            constraint=models.UniqueConstraint(fields=('text', 'grade'), name='judged_once'),
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]

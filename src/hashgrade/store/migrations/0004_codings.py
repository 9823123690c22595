import django.db.models.deletion
from django.db import migrations, models


# A later migration that rebuilds this table loses its triggers on SQLite, and must call `guard` again.
def guard(apps, editor):
    if editor.connection.vendor == "sqlite":
        for act in ("UPDATE", "DELETE"):
            editor.execute(f"CREATE TRIGGER store_coding_kept_from_{act.lower()} BEFORE {act} ON store_coding "
                           "BEGIN SELECT RAISE(ABORT, 'store_coding is never changed'); END")


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0003_verdicts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Coding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('study', models.CharField(max_length=80)),
                ('coder', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('answers', models.TextField()),
                ('supersedes', models.DateTimeField(null=True)),
                ('extra', models.TextField(default='{}')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.item')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('item', 'study', 'coder', 'at'), name='coding_once'), models.UniqueConstraint(condition=models.Q(('supersedes', None)), fields=('item', 'study', 'coder'), name='coding_one_first'), models.UniqueConstraint(condition=models.Q(('supersedes__isnull', False)), fields=('item', 'study', 'coder', 'supersedes'), name='coding_one_correction')],
            },
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]

from django.db import migrations, models

# A table that a later migration rebuilds loses its triggers on SQLite: it must call `guard` again.
TRIGGERS = [
    """CREATE TRIGGER account_kept BEFORE DELETE ON accounts_account
    BEGIN SELECT RAISE(ABORT, 'an account is locked, never deleted: the records speak of it'); END""",
    """CREATE TRIGGER account_named BEFORE UPDATE OF name ON accounts_account WHEN NEW.name <> OLD.name
    BEGIN SELECT RAISE(ABORT, 'an account keeps its name: the records speak of it'); END""",
    """CREATE TRIGGER invitation_once BEFORE UPDATE OF used_at ON accounts_invitation WHEN OLD.used_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'an invitation is taken up once'); END""",
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
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('roles', models.TextField(default='[]')),
                ('locked', models.BooleanField(default=False)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(blank=True, max_length=40)),
                ('roles', models.TextField(default='[]')),
                ('renews', models.BooleanField(default=False)),
                ('by', models.CharField(max_length=200)),
                ('until', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('account', models.BigIntegerField(db_index=True, null=True)),
                ('began_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('browser', models.CharField(default='', max_length=200)),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'abstract': False,
            },
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]

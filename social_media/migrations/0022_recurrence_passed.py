from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("social_media", "0011_indexes_of_planning"),
    ]

    operations = [
        migrations.AddField(
            model_name="recurringschedule",
            name="passed",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="recurringschedule",
            name="passed_local",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=19
            ),
        ),
    ]

"""What failed while files were made, apart from workers that were killed at it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0007_indexes_of_uploads_ahead'),
    ]

    operations = [
        migrations.AddField(
            model_name='mediafile',
            name='failures',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='mediarendition',
            name='failures',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('social_media', '0001_nouns'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='connectedaccount',
            index=models.Index(fields=['status', 'platform'], name='account_standing'),
        ),
        migrations.AddIndex(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('status', 'unconfirmed')), fields=['account'], name='target_unconfirmed'),
        ),
        migrations.AddIndex(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('status', 'posted')), fields=['posted_at'], name='target_posted'),
        ),
        migrations.AddIndex(
            model_name='posttarget',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['updated_at'], name='target_failed'),
        ),
    ]

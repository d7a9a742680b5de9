"""Files with all that is shown of them, in a fixed number of queries."""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from social_media.models import MediaFile, PostMedia


def shown_media() -> QuerySet[MediaFile]:
    """Files with renditions and `used_by`: how many posts use each. 2 queries."""
    places = PostMedia.objects.filter(file=OuterRef("pk")).order_by()
    posts = places.values("file").annotate(count=Count("post", distinct=True))
    used_by = Coalesce(Subquery(posts.values("count")), 0)
    return MediaFile.objects.annotate(used_by=used_by).prefetch_related("renditions")

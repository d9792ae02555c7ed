from django.db import migrations, models


class Migration(migrations.Migration):
    """By bytes one index finds names by their beginning and gives them in order; by language it did only the first."""

    dependencies = [("techmap", "0006_bulk_file")]

    operations = [
        migrations.RemoveIndex(model_name="searchrow", name="search_row_name"),
        migrations.AlterField(
            model_name="searchrow",
            name="name_key",
            field=models.CharField(
                db_collation="C", help_text="The name in lower case, for completion.", max_length=200
            ),
        ),
        migrations.AddIndex(model_name="searchrow", index=models.Index(fields=["name_key"], name="search_row_name")),
    ]

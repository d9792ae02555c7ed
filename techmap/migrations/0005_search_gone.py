from django.db import migrations, models


class Migration(migrations.Migration):
    """Changes are told apart by the transaction that made them, so there is no number of the last one to keep."""

    dependencies = [("techmap", "0004_shortlist_record")]

    operations = [
        migrations.CreateModel(
            name="SearchGone",
            fields=[
                ("supplier", models.BigIntegerField(primary_key=True, serialize=False)),
                ("changed", models.BigIntegerField(db_index=True, help_text="The transaction that took it away.")),
            ],
        ),
        migrations.DeleteModel(name="SearchState"),
        migrations.AlterField(
            model_name="searchrow",
            name="changed",
            field=models.BigIntegerField(db_index=True, help_text="The transaction that wrote the row."),
        ),
    ]

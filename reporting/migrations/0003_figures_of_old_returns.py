"""Fill the new columns of returns that were filed before there were any, as `reporting/figures.py` fills them."""

from django.db import migrations

FILL = """
UPDATE reporting_return AS filed SET
    phase = coalesce(filed.data ->> 'phase', ''),
    delivery_confidence = coalesce(filed.data ->> 'delivery_confidence', ''),
    satisfaction = (filed.data ->> 'satisfaction')::numeric,
    completion_rate = (filed.data ->> 'completion_rate')::numeric,
    changes_agreed = coalesce((
        SELECT sum((line.data ->> 'value_change')::numeric)
        FROM reporting_returnline AS line
        WHERE line.filed_id = filed.id AND line."table" = 'change' AND line.data ->> 'status' = 'agreed'
    ), 0),
    worst_slip_days = (
        SELECT max(
            coalesce(line.data ->> 'met_on', line.data ->> 'forecast_due')::date - (line.data ->> 'baseline_due')::date
        )
        FROM reporting_returnline AS line
        WHERE line.filed_id = filed.id AND line."table" = 'milestone'
    ),
    kpis = coalesce((
        SELECT jsonb_object_agg(rated.code, rated.lines)
        FROM (
            SELECT line.data ->> 'rating_supplier' AS code, count(*) AS lines
            FROM reporting_returnline AS line
            WHERE line.filed_id = filed.id AND line."table" = 'kpi' AND line.data ->> 'rating_supplier' <> ''
            GROUP BY 1
        ) AS rated
    ), '{}'::jsonb)
WHERE filed.submitted_at IS NOT NULL AND filed.kpis IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_rest")]

    # Back: the columns themselves go with the migration before.
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]

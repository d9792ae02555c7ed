from django.urls import path

from reporting.views import contracts, returns, schemes, standard

app_name = "reporting"
urlpatterns = [
    path("", contracts.contract_list, name="contract-list"),
    path("register/", contracts.contract_create, name="contract-create"),
    path("contracts/<slug:reference>/", contracts.contract_detail, name="contract-detail"),
    path("contracts/<slug:reference>/edit/", contracts.contract_edit, name="contract-edit"),
    path("contracts/<slug:reference>/milestones/add/", contracts.milestone_add, name="milestone-add"),
    path("contracts/<slug:reference>/indicators/add/", contracts.kpi_add, name="kpi-add"),
    path("contracts/<slug:reference>/baseline/remove/", contracts.baseline_remove, name="baseline-remove"),
    path("contracts/<slug:reference>/activate/", contracts.contract_activate, name="contract-activate"),
    path("contracts/<slug:reference>/amend/", contracts.contract_amend, name="contract-amend"),
    path("contracts/<slug:reference>/end/", contracts.contract_end, name="contract-end"),
    path("schemes/", schemes.scheme_list, name="scheme-list"),
    path("schemes/<slug:code>/", schemes.scheme_detail, name="scheme-detail"),
    path("returns/", returns.return_list, name="return-list"),
    path("returns/nil/", returns.return_nil, name="return-nil"),
    path("returns/<uuid:public_id>/", returns.return_detail, name="return-detail"),
    path("returns/<uuid:public_id>/edit/", returns.return_edit, name="return-edit"),
    path("returns/<uuid:public_id>/submit/", returns.return_submit, name="return-submit"),
    path("returns/<uuid:public_id>/answer/", returns.question_answer, name="question-answer"),
    path("returns/<uuid:public_id>/accept/", returns.return_accept, name="return-accept"),
    path("returns/<uuid:public_id>/send-back/", returns.return_send_back, name="return-send-back"),
    path("returns/<uuid:public_id>/correct/", returns.return_correct, name="return-correct"),
    path("returns/<uuid:public_id>/<slug:table>/<int:number>/", returns.line_edit, name="line-edit"),
    path("returns/<uuid:public_id>/<slug:table>/remove/", returns.line_remove, name="line-remove"),
    path("standard/", standard.standard_detail, name="standard"),
    path("standard/v<slug:version>/", standard.standard_detail, name="standard-detail"),
    path("standard/v<slug:version>/return.xlsx", standard.standard_workbook, name="standard-workbook"),
    path("standard/v<slug:version>/return-csv.zip", standard.standard_csv, name="standard-csv"),
    path("standard/v<slug:version>/schema.json", standard.standard_schema, name="standard-schema"),
]

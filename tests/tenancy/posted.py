"""The ids that each route takes among what is posted; every one is tried with a foreign row."""

TICKS = ("chosen",)
FORM = ("person", "use_person", "scheme", "pathway", "employer", "photo_ticket", "link_person")
PLACES = ("invoice_to", "deliver_to")
IDS_POSTED = {
    "ApprenticesView.add": FORM,
    "ApprenticesView.edit": ("pathway", "employer", "photo_ticket"),
    "ApprenticesView.link": ("token",),
    "ApprenticesView.search_known": (),  # words only; test_lists asks it for foreign people
    "ApprenticesView.matches": ("asked_before",),
    "ApprenticesView.ask": TICKS,
    "ApprenticesView.ask_stage": TICKS,
    "ApprenticesView.move": TICKS,
    "ApprenticesView.stage": TICKS,
    "ApprenticesView.stage_today": (),  # the address says all
    "ApprenticesView.undo_stage": TICKS,
    **{
        f"StandardsView.{handler}": TICKS
        for handler in ("ask", "ask_stage", "move", "stage", "undo_stage")
    },  # test_standards_lists
    "StandardsView.stage_today": (),
    "StandardsView.edit": ("package",),  # shared; another standard's is refused
    "StandardsView.report": (),  # words only
    # tests/web/test_standards_saving tries each with what belongs to somebody else
    "BatchesView.start": ("standard", "package"),
    "BatchesView.batch": ("standard", "package", "panel", "do"),
    "BatchesView.undo": ("candidate",),
    "BatchesView.discard": (),
    "ApplicationsView.ask": TICKS,  # tests/web/test_applications
    "ApplicationsView.move": TICKS,
    # tests/web/test_application_form tries both with what belongs to somebody else
    "ApplicationsView.add": ("person", "use_person", "occupation", "photo_ticket"),
    "ApplicationsView.edit": ("occupation", "photo_ticket"),
    # tests/web/test_import_photos tries a row of somebody else, and of another upload
    "ImportPhotosView.row": ("row",),
    "ImportPhotosView.bring": (), "ImportPhotosView.clear": (), "ImportPhotosView.remove": (),
    "ImportPhotosView.restore": (), "ImportPhotosView.crop": (),  # the address says all
    # tests/web/test_assessments tries each with what belongs to somebody else; dates are shared
    "ApplicationsView.ask_batches": TICKS,  # tests/web/test_card_batches
    "BookingsView.ask": TICKS, "BookingsView.move": (*TICKS, "slot"),
    "BookingFormView.book": ("slot", "person", "more"), "BookingFormView.choose": TICKS,
    "SlotsView.ask": TICKS, "SlotsView.move": TICKS,  # shared, staff write
    "SlotsView.add": ("venue",), "SlotsView.edit": ("venue",),
    "VenuesView.add": (), "VenuesView.edit": (),
    # tests/web/test_awards: all of it is for staff, who have no foreign rows
    "AwardsView.ask": TICKS, "AwardsView.move": TICKS, "AwardsView.ask_issue": TICKS,
    "AwardsView.issue": TICKS, "AwardsView.add": (), "AwardsView.edit": (),
    "DocumentsView.ask": TICKS, "DocumentsView.move": TICKS,
    "PaperView.ask": TICKS, "PaperView.move": TICKS, "PaperView.reprint": (),
    "PaperView.print_file": TICKS,
    "DesignView.save": (), "DesignView.settings": (),
    # tests/web/test_imports_foreign tries rows, people and uploads of somebody else
    "ImportsView.open": (), "ImportsView.bring": ("into",), "ImportsView.rename": (),
    "ImportsView.discard": (), "ImportsView.restore": (),
    "ImportGridView.verify": (), "ImportGridView.remove": TICKS, "ImportGridView.undo": (),
    "ImportRowsView.add": (), "ImportRowsView.edit": (), "ImportRowsView.plain": (),
    "ImportAnswersView.fix": (), "ImportAnswersView.decide": (),
    "ImportAnswersView.undecide": (), "ImportAnswersView.notation": (),
    "ImportAnswersView.choose": (*TICKS, "one", "same"),
    "ImportAnswersView.repeat": (*TICKS, "one"),
    "ImportFilesView.bring": (), "ImportFilesView.sheet": (), "ImportFilesView.heads": (),
    "ImportFilesView.repeat": (), "ImportFilesView.take_out": (),
    "ImportFinaliseView.finalise": PLACES, "ImportFinaliseView.quote": (),
    # words, numbers of documents and files only; tests/web/test_verify_lists and _files try them
    "VerificationsView.send": (), "verify.list_send": (), "verify.list_letter": (),
    "verify.file": (), "verify.frame": (),
    "PurchasesView.submit": (*TICKS, *PLACES),
    "PurchasesView.add": (*TICKS, "order"),
    "PurchasesView.quote": TICKS,
    "ChangeOrderView.change": PLACES,
    "ChangeOrderView.remove": (),
    "ChangeOrderView.cancel": (),
    "PaymentsView.card": (),
    "PaymentsView.bacs": (),
    "PaymentsView.check": (),
    "PaymentsView.give_up": (),
    "ReceiptsView.add": (),  # amounts and words
    "ReceiptsView.allocate": ("reference",),  # staff, for whom every order exists
    "ReceiptsView.undo": (),
    "LettersView.send_again": (),
    # tests/web/test_notices tries each with what belongs to somebody else
    "NoticesView.ask_again": TICKS, "NoticesView.again": TICKS,
    "NotifyView.document": (), "NotifyView.notice": (), "NotifyView.everybody": (),
    "BouncesView.take": (),  # a secret proves it; it names letters by their return path
    "OrganisationsView.add": (),  # adds nothing
    "OrganisationsView.edit": (),
    "ProductsView.add": (), "ProductsView.edit": (),
    "PricesView.add": ("product_id",), "PricesView.edit": ("product_id",),  # shared, staff write
    "SchemesView.add": ("product_id",), "SchemesView.edit": ("product_id",),
    "PathwaysView.add": ("scheme_id",), "PathwaysView.edit": ("scheme_id",),
    "StandardsCatalogueView.add": (), "StandardsCatalogueView.edit": (),
    "StandardVersionsView.add": ("standard_id",), "StandardVersionsView.edit": ("standard_id",),
    **{f"PackagesView.{do}": ("standard_version_id", "product_id") for do in ("add", "edit")},
    **{f"CentreApprovalsView.{do}": ("organisation_id", "standard_version_id")
       for do in ("add", "edit")},
    # tests/web/test_downloads tries ticks and jobs of somebody else
    "ExportsView.ask": (*TICKS, "job"), "ExportsView.create": (*TICKS, "job"),
    "DownloadsView.retry": (), "DownloadsView.remove": (), "DownloadsView.restore": (),
    "ReportsView.about_document": (), "ReportsView.about_export": (), "ReportsView.answer": (),
    "SavedFiltersView.save": (),  # what is asked of a list, which asks within the scope
    "SavedFiltersView.remove": ("saved",),  # tests/web/test_saved_filters
    "SignInView.login": (),
    "SignInView.logout": (),
    "SignInView.switch": ("organisation",),  # test_access
    "WebhooksView.take": (),  # signed by the gateway
}  # fmt: skip
"""Every handler that takes a POST, with the ids in its body besides ``once``."""

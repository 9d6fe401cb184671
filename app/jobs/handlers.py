"""Which handler does which kind of job."""

from collections.abc import Mapping

from app.domain.awards.service.exporting import EXPORTING
from app.domain.awards.service.issuing import MAKING
from app.domain.awards.service.listing import SIGNING
from app.domain.awards.service.notifying import NOTIFYING
from app.domain.awards.verification.service import CHECKING
from app.domain.imports.photos import READING
from app.domain.imports.service import drafts
from app.domain.kernel import audit
from app.domain.kernel.outbox import DELIVERY
from app.domain.kernel.viewer import SEALER
from app.domain.orders.service.invoice import RENDERING
from app.extensions import db
from app.jobs import documents, exports, imports, invoices, notices, runner
from app.jobs.import_photos import import_photos
from app.jobs.letters import deliver_letters
from app.jobs.runner import Handler, Work
from app.jobs.verifying import check_list

SEALING = "seal_audit"
CHUNK = 500


def seal_audit(work: Work) -> None:
    """Bind all committed events into the hash chain."""
    sealed = CHUNK
    while sealed == CHUNK:
        with work.chunk(SEALER):
            sealed = audit.seal(db.session(), CHUNK)
            work.done += sealed


HANDLERS: Mapping[str, Handler] = {
    CHECKING: check_list,
    DELIVERY: deliver_letters,
    EXPORTING: exports.export_documents,
    MAKING: documents.make_documents,
    READING: import_photos,
    NOTIFYING: notices.notify_learners,
    notices.READING: notices.read_bounces,
    RENDERING: invoices.render,
    SEALING: seal_audit,
    SIGNING: documents.sign_status_list,
    drafts.READ_FILE: imports.read_file,
    drafts.REREAD: imports.reread,
    drafts.SETTLE: imports.settle,
    drafts.FINALISE: imports.finalise,
}


def run(job_id: int) -> bool:
    """Run the job with this id, unless it is done or held; tell whether it was run."""
    return runner.run(job_id, HANDLERS)

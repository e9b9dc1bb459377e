package incident

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// The operations on reports.
const (
	OpAccept       identity.Operation = "report.accept"
	OpRead         identity.Operation = "report.read"
	OpMove         identity.Operation = "report.move"
	OpAssign       identity.Operation = "report.assign"
	OpEdit         identity.Operation = "report.edit"
	OpNote         identity.Operation = "report.note"
	OpLink         identity.Operation = "report.link"
	OpReply        identity.Operation = "report.reply"
	OpRefer        identity.Operation = "report.refer"
	OpMerge        identity.Operation = "report.merge"
	OpSignificance identity.Operation = "report.significance"
	OpCallBack     identity.Operation = "report.call-back"
	OpHandBack     identity.Operation = "report.hand-back"
	OpAssess       identity.Operation = "report.assess"
	OpMailbox      identity.Operation = "report.mailbox"
	OpErase        identity.Operation = "report.erase"
	OpForget       identity.Operation = "report.forget"
	OpDefine       identity.Operation = "report.define"
)

// The operations on incidents and investigations.
const (
	OpIncidentRead    identity.Operation = "incident.read"
	OpIncidentOpen    identity.Operation = "incident.open"
	OpIncidentEdit    identity.Operation = "incident.edit"
	OpIncidentMove    identity.Operation = "incident.move"
	OpIncidentNote    identity.Operation = "incident.note"
	OpIncidentMerge   identity.Operation = "incident.merge"
	OpIncidentSplit   identity.Operation = "incident.split"
	OpIncidentRelate  identity.Operation = "incident.relate"
	OpIncidentAssign  identity.Operation = "incident.assign"
	OpCampaign        identity.Operation = "incident.campaign"
	OpMembers         identity.Operation = "incident.members"
	OpGlass           identity.Operation = "incident.glass"
	OpInvestigate     identity.Operation = "incident.investigate"
	OpEvidenceRead    identity.Operation = "incident.evidence"
	OpEvidenceAdd     identity.Operation = "incident.attach"
	OpGlassExpire     identity.Operation = "incident.expire"
	OpReferralsRemind identity.Operation = "report.remind"
)

// The jobs and the topics that this room posts.
const (
	// JobAssess asks for the assessment of a report, whose id is the subject. For anonymous ones the subject is Anonymous: then those that Unassessed
	// lists are meant, so that no job tells when one of them came.
	JobAssess = "report.assess"
	Anonymous = "anonymous"
	// JobRematch asks for the assessment anew of those that wait and resemble a report, whose id is the subject: it was put into an incident.
	JobRematch = "report.rematch"
	// Accepted is the topic of outbox rows that name a report that was accepted.
	Accepted = "report.accepted"
)

// GlassFor is how long a broken glass lets one look.
const GlassFor = 4 * time.Hour

// Options are what a Service needs.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	Log   *slog.Logger
	FS    disk.FS
	Dir   string // where evidence lies; made when it is needed
	Keys  *keyring.Ring
	// InForce tells whether a person has a signed agreement in force: without one nobody is a member of a restricted incident.
	InForce func(tx *sqldb.Tx, account string, now time.Time) (bool, error)
	// Mailbox gives a person's mail address and language, "" for none; it may be nil. Managers gives those who are alerted when the glass is broken.
	Mailbox  func(tx *sqldb.Tx, account string) (address, language string, err error)
	Managers func(tx *sqldb.Tx) (accounts []string, err error)
	// Outside tells why who sends a report may not send it under a label, "" if they may: by the agreements with them. nil: there are none. SetAside hears, in
	// the transaction, of a report that came all the same.
	Outside  func(ctx context.Context, actor identity.Actor, address string, label tlp.Label) (string, error)
	SetAside func(tx *sqldb.Tx, id, ref, why string) error
	// Erased hears, in the transaction, of each report whose text is erased: who keeps digests of it drops them. It may be nil.
	Erased func(tx *sqldb.Tx, report string) error
	// Moment hears, in the transaction, of all that figures are made from. It may be nil.
	Moment func(tx *sqldb.Tx, m Moment) error
	// MailHTML makes the harmless HTML of a mail, "" if it has none; nil: none is shown.
	MailHTML   func(ctx context.Context, raw io.Reader) (string, error)
	Wake       func() // of the jobs, after a commit that posted some; may be nil
	Release    *release.Service
	Delivery   *delivery.Service // nil: nothing can be mailed, and Reply says so
	TeamName   string
	Definition string // of an incident, until the team writes its own
	// Argon lowers the cost of the hash of reply codes in tests; zero is the real cost.
	Argon Argon
}

// Argon is the cost of argon2id.
type Argon struct {
	Time, Memory uint32 // passes, KiB
}

// Service is the room. It is safe for concurrent use.
type Service struct {
	o       Options
	sealer  *seal.Sealer
	vault   *evidence.Vault
	group   *sqldb.Group  // of what comes in bursts
	hashing chan struct{} // as many hashes of codes are made at a time as it holds
	tries   tries
	parts   []Part
	proof   Proof        // of exported evidence
	filing  sync.RWMutex // held while files are put into the vault and noted; by who removes some, alone
}

// New opens the room and its keys. Errors: Unavailable if the keyring cannot be read.
func New(o Options) (*Service, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Argon == (Argon{}) {
		o.Argon = defaultArgon
	}
	if o.InForce == nil {
		o.InForce = func(*sqldb.Tx, string, time.Time) (bool, error) { return false, nil }
	}
	s := &Service{o: o, group: sqldb.NewGroup(o.DB), hashing: make(chan struct{}, 2)}
	secret, err := o.Keys.Secret(seal.Secret)
	if err != nil {
		return nil, err
	}
	if s.sealer, err = seal.New(secret); err != nil {
		return nil, err
	}
	if secret, err = o.Keys.Secret(evidence.Secret); err != nil {
		return nil, err
	}
	s.vault, err = evidence.Open(o.FS, o.Dir, secret)
	return s, err
}

// now is the time as it is kept: in whole milliseconds.
func (s *Service) now() time.Time { return s.o.Clock.Now().Truncate(time.Millisecond) }

func (s *Service) wake() {
	if s.o.Wake != nil {
		s.o.Wake()
	}
}

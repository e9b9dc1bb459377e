package incident

import (
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// incidentRecord is a row of the table incident.
type incidentRecord struct {
	ID, Ref                 string
	State                   Stage
	Restricted              bool
	Class                   rsit.Class
	Severity                triage.Severity
	TLP                     int64
	Opened, Changed, Closed time.Time
	OpenedBy                string
	Version                 int64
	Into, Root              string // of a merged one: see mergeinto.go
	Before                  Stage
	Assignee, Campaign      string
	PAP                     int64
	Aware, Classified       time.Time
	Victim, Origin, Transit string // codes, with commas
	wrapped                 []byte
	words                   string
	sealedHead              []byte
}

// incidentHead is the text of an incident.
type incidentHead struct {
	Title   string `json:"title"`
	Summary string `json:"summary,omitempty"`
}

const incidentColumns = `i.id, i.ref, i.state, i.restricted, i.class, i.severity, i.tlp, i.opened, i.opened_by, i.changed, i.closed, i.version,
	i.merged_into, i.root, i.before, i.assignee, i.campaign, i.pap, i.aware, i.classified, i.victim, i.origin, i.transit, i.data_key, i.words, i.head`

func (i *incidentRecord) into() []any {
	return []any{
		&i.ID, &i.Ref, &i.State, &i.Restricted, &i.Class, &i.Severity, &i.TLP,
		moment{&i.Opened},
		&i.OpenedBy,
		moment{&i.Changed},
		moment{&i.Closed},
		&i.Version, &i.Into, &i.Root, &i.Before, &i.Assignee, &i.Campaign, &i.PAP,
		moment{&i.Aware},
		moment{&i.Classified},
		&i.Victim, &i.Origin, &i.Transit,
		&i.wrapped, &i.words, &i.sealedHead,
	}
}

// incident reads one by id or ref, if it is within sight. Errors: NotFound.
func (s *Service) incident(tx *sqldb.Tx, v Sight, name string) (i incidentRecord, err error) {
	var q query
	q.and("(i.id = ? OR i.ref = ?)", name, name)
	q.seen(v.Incidents, "i")
	err = tx.QueryRow("SELECT "+incidentColumns+" FROM incident i WHERE "+q.String(), q.args...).Scan(i.into()...)
	if sqldb.NoRows(err) {
		return i, gone("incident", name)
	}
	return i, err
}

// survivor is incident, led on to the one that it was merged into. Errors: NotFound.
func (s *Service) survivor(tx *sqldb.Tx, v Sight, name string) (incidentRecord, error) {
	i, err := s.incident(tx, v, name)
	if err != nil || i.Into == "" {
		return i, err
	}
	return s.incident(tx, v, i.Root)
}

func (s *Service) incidentKey(i *incidentRecord) (seal.Key, error) {
	return s.sealer.Unwrap(i.ID, i.wrapped)
}

func (s *Service) incidentHead(i *incidentRecord) (incidentHead, error) {
	key, err := s.incidentKey(i)
	if err != nil {
		return incidentHead{}, err
	}
	return get[incidentHead](key, "head", i.sealedHead)
}

func (s *Service) incidentRef(i *incidentRecord) (Ref, error) {
	h, err := s.incidentHead(i)
	return Ref{ID: i.ID, Ref: i.Ref, Title: h.Title}, err
}

func insertIncident(tx *sqldb.Tx, i *incidentRecord) error {
	_, err := tx.Exec(`INSERT INTO incident (id, ref, state, restricted, class, severity, tlp, opened, opened_by, changed, closed, version, data_key, words, head,
			root, assignee, campaign, pap, aware, classified, victim, origin, transit, gravity)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, 0, 1, $10, '', $11, $1, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		i.ID, i.Ref, string(i.State), i.Restricted, string(i.Class), string(i.Severity), i.TLP, i.Opened, i.OpenedBy, i.wrapped, i.sealedHead,
		i.Assignee, i.Campaign, i.PAP, i.Aware, i.Classified, i.Victim, i.Origin, i.Transit, gravity(i.Severity))
	return err
}

// gravity orders severities: 0 is none, 4 critical.
func gravity(s triage.Severity) int64 {
	list := triage.Severities()
	return int64(len(list)-slices.Index(list, s)) % int64(len(list)+1)
}

// stepIncident changes columns of an incident as it was read, and raises its version. Errors: Conflict if somebody was faster.
func stepIncident(tx *sqldb.Tx, now time.Time, i *incidentRecord, set string, args ...any) error {
	args = append([]any{i.ID, i.Version, now}, args...)
	n, err := tx.Exec("UPDATE incident SET version = version + 1, changed = $3, "+set+" WHERE id = $1 AND version = $2", args...)
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "incident %s was changed by somebody else meanwhile: look at it again", i.Ref)
	}
	i.Version++
	return err
}

// indexIncident puts an incident's words into the index, or takes them out while it is restricted.
func (s *Service) indexIncident(tx *sqldb.Tx, i *incidentRecord, h incidentHead) error {
	var words []string
	if !i.Restricted {
		words = wordsOf(i.Ref, h.Title, h.Summary)
	}
	err := reword(tx, "incident", i.ID, i.words, words)
	i.words = joined(words)
	return err
}

// fields are what the record says of a change: none of them is text.
func (i *incidentRecord) fields() map[string]any {
	return map[string]any{
		"ref": i.Ref, "state": i.State, "restricted": i.Restricted, "class": i.Class, "severity": i.Severity, "tlp": tlp.Label(i.TLP), "pap": tlp.PAP(i.PAP),
		"assignee": i.Assignee, "campaign": i.Campaign, "victim": i.Victim, "origin": i.Origin, "transit": i.Transit, "aware": i.Aware, "classified": i.Classified,
	}
}

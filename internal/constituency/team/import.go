package team

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// ImportOptions says how a file of teams is taken.
type ImportOptions struct {
	Name    string // of the file, for the record
	Format  Format // "": by looking at it
	DryRun  bool   // report what would change, change nothing
	Stamp   string // of the report that was looked at: anything else to change is a Conflict; "" for whatever the file changes
	Approve bool   // the networks that the file claims are approved by who imports it; else they wait for a person

	also func(tx *sqldb.Tx) error // done in the transaction of the import
}

// Difference is one change of an import.
type Difference struct {
	Op     string `json:"op"`   // add, change, propose, claim, approve
	What   string `json:"what"` // team, contact, network
	Team   string `json:"team"`
	Value  string `json:"value,omitempty"`
	Detail string `json:"detail,omitempty"`
}

func (d Difference) String() string {
	out := d.Op + " " + d.What + " " + d.Team
	if d.Value != "" {
		out += " " + d.Value
	}
	if d.Detail != "" {
		out += " (" + d.Detail + ")"
	}
	return out
}

// Report is what an import did, or would do.
type Report struct {
	Source   Source       `json:"source"`
	Teams    int          `json:"teams"`    // taken
	Rejected []Rejected   `json:"rejected"` // teams that were not
	Left     []Rejected   `json:"left"`     // parts of teams that were left out
	Changes  []Difference `json:"changes"`
	DryRun   bool         `json:"dry_run"`
	Stamp    string       `json:"-"`
}

// Partly tells that something of the file was not taken.
func (r Report) Partly() bool { return len(r.Rejected) > 0 || len(r.Left) > 0 }

// errPreview undoes what a preview did.
var errPreview = errors.New("this was a preview")

// Import takes teams from a file. A team that is not in the register comes in as a peer; its networks are claims that match nothing until a
// person approves them. Of a team that is there, what the file says is taken over, but another contact or key becomes a proposal for a second
// person, a network a claim, and nothing is taken away. What a team told us ourselves (copies to providers, labels, what is public) only a CSV
// file changes. A team that cannot be read is set aside with the reason and stops no other. Errors: Invalid if nothing can be read; Conflict.
func (s *Service) Import(ctx context.Context, actor identity.Actor, file io.Reader, o ImportOptions) (Report, error) {
	if err := actor.Authorise(OpImport, o.Name); err != nil {
		return Report{}, err
	}
	if o.Approve {
		if err := actor.Authorise(OpApprove, o.Name); err != nil {
			return Report{}, err
		}
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return Report{}, problem.Wrap(problem.Unavailable, err, "read %s", clip(o.Name))
	}
	list, rejected, source, err := read(data, o.Format)
	if err != nil {
		return Report{}, err
	}
	var m *merger
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		m = &merger{s: s, ctx: ctx, tx: tx, actor: actor, now: s.Clock.Now(), o: o, report: Report{Source: source, Rejected: rejected, DryRun: o.DryRun}}
		return m.run(list, data)
	})
	if errors.Is(err, errPreview) {
		return m.report, nil
	}
	if err != nil {
		return Report{}, err
	}
	return m.report, s.Register.Refresh(ctx)
}

// merger brings records into the register and the directory.
type merger struct {
	s      *Service
	ctx    context.Context
	tx     *sqldb.Tx
	actor  identity.Actor
	now    time.Time
	o      ImportOptions
	report Report
	seen   map[string]int // organisation -> the line that spoke of it
	open   map[string]bool
}

func (m *merger) run(list []record, data []byte) error {
	m.seen, m.open = map[string]int{}, map[string]bool{}
	if err := constituency.Touch(m.tx); err != nil {
		return err
	}
	waiting, err := proposals(m.tx)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		m.open[p.sameAs()] = true
	}
	for _, r := range list {
		if err := m.take(r); err != nil {
			return err
		}
	}
	m.report.Stamp = stamp(m.report)
	if m.o.Stamp != "" && m.o.Stamp != m.report.Stamp {
		return problem.New(problem.Conflict, "something was changed after the preview of %s: look at the difference again", clip(m.o.Name))
	}
	if m.o.DryRun {
		return errPreview
	}
	if m.o.also != nil {
		if err := m.o.also(m.tx); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(data)
	return m.actor.Audit(m.tx, m.now, OpImport, "directory", nil, map[string]any{
		"file": clip(m.o.Name), "sha256": hex.EncodeToString(sum[:]), "source": m.report.Source, "teams": m.report.Teams, "changes": len(m.report.Changes),
		"rejected": len(m.report.Rejected), "approved": m.o.Approve,
	})
}

// stamp names what an import changes.
func stamp(r Report) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode([]any{r.Changes, r.Rejected, r.Left}) // neither fails
	return hex.EncodeToString(h.Sum(nil))
}

func (m *merger) reject(r record, reason string) {
	m.report.Rejected = append(m.report.Rejected, aside(r, reason))
}

func (m *merger) change(d Difference) { m.report.Changes = append(m.report.Changes, d) }

// take brings one record in. An error is about the store, and ends the import.
func (m *merger) take(r record) error {
	left, err := r.finish()
	if err != nil {
		m.reject(r, err.Error())
		return nil
	}
	o, known, err := m.organisation(r)
	if problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) {
		m.reject(r, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	if at, twice := m.seen[o.ID]; twice {
		m.reject(r, "the same team stands at "+place(at)+" already")
		return nil
	}
	m.seen[o.ID] = r.line
	m.report.Teams++
	for _, why := range left {
		m.report.Left = append(m.report.Left, aside(r, why))
	}
	if known && r.country != "" && string(o.Country) != r.country {
		m.report.Left = append(m.report.Left, aside(r, "country left out: the register says "+string(o.Country)+", the file "+r.country))
	}
	if err := m.entry(o, r); err != nil {
		return err
	}
	if err := m.contacts(o, r); err != nil {
		return err
	}
	return m.networks(o, r)
}

// organisation finds whom a record is about, or puts it into the register. known: it was there.
func (m *merger) organisation(r record) (o constituency.Organisation, known bool, err error) {
	o, err = constituency.OrganisationNamed(m.tx, r.name)
	if problem.Is(err, problem.NotFound) {
		o, err = m.byDirectoryID(r)
	}
	if problem.Is(err, problem.NotFound) {
		o, err = constituency.AddOrganisationIn(m.tx, m.now, constituency.Organisation{Name: r.name, Kind: constituency.Peer, Country: constituency.Country(r.country)})
		if err == nil {
			m.change(Difference{Op: "add", What: "team", Team: o.Name, Detail: r.country})
			err = m.actor.Audit(m.tx, m.now, constituency.OpChange, o.ID, nil, o)
		}
		return o, false, err
	}
	if err != nil || o.Kind != constituency.Constituent {
		return o, true, err
	}
	if _, err := byOrganisation(m.tx, o.ID); problem.Is(err, problem.NotFound) {
		return o, true, problem.New(problem.Conflict, "%s is a constituent of ours: nobody else says what it is; make it a team by hand", o.Name)
	}
	return o, true, nil
}

// byDirectoryID finds a team that has another name now, by the name that its directory has for it.
func (m *merger) byDirectoryID(r record) (o constituency.Organisation, err error) {
	if r.team.SourceID == "" {
		return o, problem.New(problem.NotFound, "no team %s", clip(r.name))
	}
	var organisation string
	err = m.tx.QueryRow(`SELECT organisation FROM team WHERE source = $1 AND source_id = $2 ORDER BY organisation LIMIT 1`, string(r.team.Source), r.team.SourceID).Scan(&organisation)
	if sqldb.NoRows(err) {
		return o, problem.New(problem.NotFound, "no team %s", clip(r.name))
	}
	if err != nil {
		return o, err
	}
	return constituency.OrganisationIn(m.tx, organisation)
}

// entry writes what the directory knows.
func (m *merger) entry(o constituency.Organisation, r record) error {
	before, err := byOrganisation(m.tx, o.ID)
	if problem.Is(err, problem.NotFound) {
		r.team.Organisation = o.ID
		_, err := put(m.tx, m.actor, OpImport, m.now, r.team)
		if err == nil {
			m.change(Difference{Op: "add", What: "entry", Team: o.Name, Detail: firstDetails(r.team)})
		}
		return err
	}
	if err != nil {
		return err
	}
	after, details := merge(before, r)
	if details == "" {
		return nil
	}
	m.change(Difference{Op: "change", What: "entry", Team: o.Name, Detail: details})
	_, err = put(m.tx, m.actor, OpImport, m.now, after)
	return err
}

// firstDetails say of a new entry what others will see of it: what is shown in public, and whether it says that it answers for its country.
func firstDetails(t Team) string {
	out := "public: " + orNone(joined(t.Public, " "))
	if t.National {
		out += "; says that it is national"
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

package triage

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/warninglist"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpAssess is judging a report.
const OpAssess identity.Operation = "report.assess"

// Options are what a Triage needs.
type Options struct {
	DB       *sqldb.DB
	Register *constituency.Register
	Key      [32]byte // of the digests by which reports are compared
	// Findings counts the standing findings that a question of the findings' language finds; nil: they cannot be asked.
	Findings func(ctx context.Context, actor identity.Actor, question string) (int, error)
	// Incidents tells to which incidents reports belong, restricted ones too; nil: nobody knows.
	Incidents func(ctx context.Context, actor identity.Actor, reports []string) (map[string][]string, error)
	// Observed tells in which incidents indicators were seen, restricted ones too; nil: nobody knows.
	Observed func(ctx context.Context, actor identity.Actor, found []indicator.Indicator) ([]Seen, error)
	Limits   indicator.Limits
}

// Triage judges reports. It is safe for concurrent use.
type Triage struct {
	o     Options
	names directory
}

// New returns a triage.
func New(o Options) *Triage { return &Triage{o: o} }

// Assess judges a report, and keeps the digests by which later ones are found to be like it. Judging it again is harmless.
func (t *Triage) Assess(ctx context.Context, r Report) (Assessment, error) {
	a, traits, marks, err := t.judge(ctx, r, true)
	if err != nil {
		return Assessment{}, err
	}
	return a, t.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return keep(tx, r.ID, traits, marks) })
}

// Preview judges what is not a report yet, and keeps nothing. What was observed in incidents is left out: nobody decides here who may see which.
func (t *Triage) Preview(ctx context.Context, r Report) (Assessment, error) {
	a, _, _, err := t.judge(ctx, r, false)
	return a, err
}

// Forget takes a report out of what later ones are compared with: a step of its erasure.
func (t *Triage) Forget(tx *sqldb.Tx, report string) error { return forget(tx, report) }

func (t *Triage) judge(ctx context.Context, r Report, observed bool) (Assessment, []trait, []int64, error) {
	found := indicator.Extract(whole(r), t.o.Limits)
	heard := hear(r.Subject, strings.Join([]string{r.Text, r.Answers.Happened, r.Answers.Affected, r.Answers.Impact, r.Answers.Help}, "\n"))
	a := Assessment{Indicators: found.List, Left: found.Left, Fold: fold(r)}
	c, err := t.concern(ctx, r, found.List)
	if err != nil {
		return a, nil, nil, err
	}
	a.Concerned = c.list
	t.suggest(&a, r, heard, c)
	traits, marks := t.traits(found.List), []int64(nil)
	if a.Fold == "" { // machines say the same each time
		marks = t.bandsOf(r.Text)
	}
	if a.Similar, err = t.similar(ctx, r, traits, marks); err != nil {
		return a, nil, nil, err
	}
	if observed {
		if a.Similar, err = t.observed(ctx, found.List, a.Similar); err != nil {
			return a, nil, nil, err
		}
	}
	m, why := move(r, a, heard)
	a.Move, a.Reasons = m, append(a.Reasons, why)
	a.Related, err = t.related(ctx, found.List)
	return a, traits, marks, err
}

// suggest fills in type, severity and place in the queue.
func (t *Triage) suggest(a *Assessment, r Report, heard said, c concerned) {
	var why []Reason
	a.Type, why = classify(r, heard, a.Indicators)
	if reason, suspected := child(r, heard); suspected {
		a.Quarantine, a.Type = true, "violence"
		why = []Reason{reason}
	}
	if len(why) > 0 && a.Type == "" && heard.any("test") {
		a.Type, why = rsit.TestType, []Reason{{"class", "class.words", []string{heard.shown("test")}}}
	}
	a.Class = a.Type.Class()
	a.Reasons = append(a.Reasons, why...)
	a.Severity, why = severity(r, a.Type, heard, c.essential)
	a.Reasons = append(a.Reasons, why...)
	var place Reason
	a.Tier, place = tier(r, a.Type, heard, c)
	a.Rank, a.Reasons = rank(a.Tier, a.Severity), append(a.Reasons, place)
	a.Alert = a.Tier == TierLife || a.Tier != TierMachine && a.Severity == Critical
}

// whole is all in which indicators are looked for, what a machine says in its fields first.
func whole(r Report) string {
	parts := []string{r.Subject, r.Text, r.Answers.Affected, r.Answers.Happened, r.Answers.Impact}
	if m := r.Machine; m != nil {
		parts = append([]string{m.SourceIP, m.Domain, m.URL}, parts...)
	}
	return strings.Join(parts, "\n")
}

// asked is how many indicators the other registers are asked about.
const asked = 10

// related asks what else is known of the indicators.
func (t *Triage) related(ctx context.Context, found []indicator.Indicator) (Related, error) {
	var events, findings []string
	for _, in := range found {
		if len(warninglist.Speak(in.Listed, warninglist.Search)) > 0 || len(events) >= asked {
			continue
		}
		event, finding := questions(in)
		if event != "" {
			events = append(events, event)
		}
		if finding != "" {
			findings = append(findings, finding)
		}
	}
	out := Related{Events: len(events) > 0, Question: strings.Join(events, " or "), Finding: strings.Join(findings, " or ")}
	if out.Finding == "" || t.o.Findings == nil {
		return out, nil
	}
	n, err := t.o.Findings(ctx, identity.System("triage"), out.Finding)
	out.Findings = n
	return out, err
}

// questions says how events and findings of an indicator are asked for; "" if they cannot be.
func questions(in indicator.Indicator) (event, finding string) {
	switch in.Kind {
	case indicator.IP, indicator.CIDR:
		return "ip:" + in.Value, "ip:" + in.Value
	case indicator.Domain:
		return "hostname:" + in.Value, "host:" + in.Value
	case indicator.URL:
		if hostKind(in.Host) == indicator.IP {
			return "ip:" + in.Host, "ip:" + in.Host
		}
		return "hostname:" + in.Host, "host:" + in.Host
	case indicator.MD5, indicator.SHA1, indicator.SHA256:
		return "hash:" + in.Value, ""
	}
	return "", ""
}

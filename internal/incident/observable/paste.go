package observable

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxPaste is the longest text that may be pasted, in bytes.
const MaxPaste = 4 << 20

// Picked is something that a text or a report holds, and that could be added.
type Picked struct {
	Kind   Kind     `json:"kind"`
	Value  string   `json:"value"`
	As     string   `json:"as,omitempty"` // as written, if not as Value
	Count  int      `json:"count"`        // how often it stands there
	Listed []string `json:"listed,omitempty"`
	Quiet  bool     `json:"quiet,omitempty"`
	Here   bool     `json:"here,omitempty"` // it is in the incident already
}

// Sheet is what was found, before any of it is added.
type Sheet struct {
	List   []Picked `json:"list"`
	Left   int      `json:"left,omitempty"` // that were found beyond MaxBulk
	In     Head     `json:"-"`
	Report string   `json:"report,omitempty"`
	Ref    string   `json:"ref,omitempty"` // of the report

	secret bool
	label  tlp.Label
}

// Extract finds what a text holds: addresses, names, hashes and the like, made harmless or not; and, on lines of their own, what only people tell:
// "phone: +431234", "filename: invoice.exe". Errors: Invalid for a text that is too long.
func Extract(text string) (Sheet, error) {
	if len(text) > MaxPaste {
		return Sheet{}, problem.New(problem.Invalid, "the text has %d KiB, and may have %d: paste a part of it", len(text)>>10, MaxPaste>>10)
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	lines, rest := said(text)
	found := indicator.Extract(rest, indicator.Limits{Count: MaxBulk, Places: 1})
	out := Sheet{List: lines, Left: found.Left}
	for _, in := range found.List {
		out.List = append(out.List, picked(in))
	}
	if over := len(out.List) - MaxBulk; over > 0 {
		out.List, out.Left = out.List[:MaxBulk], out.Left+over
	}
	return out, nil
}

func picked(in indicator.Indicator) Picked {
	p := Picked{Kind: in.Kind, Value: in.Value, As: in.As, Count: max(in.Count, 1), Listed: in.Listed, Quiet: quiet(in.Listed)}
	if v, err := read(in.Kind, in.Value); err == nil { // a network of one address is an address
		p.Kind, p.Value = v.kind, v.text
	}
	return p
}

// said takes the lines that say a kind which no text shows, and gives the rest.
func said(text string) (list []Picked, rest string) {
	var b strings.Builder
	at := map[place]int{}
	for l := range strings.Lines(text) {
		v, ok := saidOn(l)
		if !ok || len(list) >= MaxBulk {
			b.WriteString(l)
			continue
		}
		key := place{v.kind, v.fold()}
		if i, known := at[key]; known {
			list[i].Count++
			continue
		}
		at[key] = len(list)
		list = append(list, Picked{Kind: v.kind, Value: v.text, Count: 1})
	}
	return list, b.String()
}

func saidOn(line string) (value, bool) {
	name, text, ok := strings.Cut(line, ":")
	kind := Kind(strings.ToLower(strings.TrimSpace(name)))
	if !ok || !slices.Contains(told, kind) {
		return value{}, false
	}
	v, err := read(kind, text)
	return v, err == nil
}

// Paste shows what a text holds, and what of it the incident has already; nothing is changed. Errors: NotFound, Invalid.
func (s *Service) Paste(ctx context.Context, actor identity.Actor, name, text string) (Sheet, error) {
	if err := actor.Authorise(OpAdd, name); err != nil {
		return Sheet{}, err
	}
	sheet, err := Extract(text)
	if err != nil {
		return Sheet{}, err
	}
	return s.marked(ctx, actor, name, sheet)
}

// FromReport shows what a report of the incident holds. Errors: NotFound, also for a report that is not one of the incident's.
func (s *Service) FromReport(ctx context.Context, actor identity.Actor, name, report string) (Sheet, error) {
	if err := actor.Authorise(OpAdd, name); err != nil {
		return Sheet{}, err
	}
	i, err := s.o.Incidents.Incident(ctx, actor, name)
	if err != nil {
		return Sheet{}, err
	}
	of := func(r incident.Ref) bool { return r.ID == report || r.Ref == report }
	if !slices.ContainsFunc(i.Reports, of) {
		return Sheet{}, problem.New(problem.NotFound, "there is no report %q in this incident", cut(report))
	}
	r, err := s.o.Incidents.Report(ctx, actor, report)
	if err != nil {
		return Sheet{}, err
	}
	sheet := Sheet{Left: r.Assessment.Left, Report: r.ID, Ref: r.Ref, secret: r.Sealed, label: r.TLP}
	for _, in := range r.Assessment.Indicators {
		sheet.List = append(sheet.List, picked(in))
	}
	return s.marked(ctx, actor, name, sheet)
}

// marked marks what the incident has already.
func (s *Service) marked(ctx context.Context, actor identity.Actor, name string, sheet Sheet) (Sheet, error) {
	err := s.o.Incidents.Look(ctx, actor, OpRead, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		sheet.In = headOf(in)
		cond, args := in.Rows("incident", 2)
		stmt, err := tx.Prepare(`SELECT count(*) FROM observable WHERE mark = $1 AND removed = 0 AND ` + cond)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for i := range sheet.List {
			p, n := &sheet.List[i], 0
			mark := s.markOf(value{kind: p.Kind, text: p.Value})
			if err := stmt.QueryRow(append([]any{mark}, args...)...).Scan(&n); err != nil {
				return err
			}
			p.Here = n > 0
		}
		return nil
	})
	return sheet, err
}

// Choice says which of a sheet to add, and what is said of all of them.
type Choice struct {
	Text   string   // pasted; or
	Report string   // id or ref of a report of the incident
	But    []string // values that are left out
	Draft           // its value and kind are not looked at
}

// Take adds what a text or a report holds, save some. Errors: NotFound, Invalid.
func (s *Service) Take(ctx context.Context, actor identity.Actor, name string, c Choice) (Added, error) {
	sheet, err := s.sheet(ctx, actor, name, &c)
	if err != nil {
		return Added{}, err
	}
	var drafts []Draft
	but := map[string]bool{}
	for _, v := range c.But {
		but[v] = true
	}
	for _, p := range sheet.List {
		if !but[p.Value] {
			drafts = append(drafts, sheet.draft(&p, c.Draft))
		}
	}
	if len(drafts) == 0 {
		return Added{}, problem.New(problem.Invalid, "nothing is chosen: choose what to add")
	}
	return s.Add(ctx, actor, name, drafts)
}

func (s *Service) sheet(ctx context.Context, actor identity.Actor, name string, c *Choice) (Sheet, error) {
	if c.Report != "" {
		return s.FromReport(ctx, actor, name, c.Report)
	}
	return s.Paste(ctx, actor, name, c.Text)
}

// draft is one of a sheet as it is added. A report's label holds for what it told; what is on a warning list is not for detection.
func (t *Sheet) draft(p *Picked, all Draft) Draft {
	all.Kind, all.Value, all.Source = p.Kind, p.Value, cmp.Or(all.Source, FromExtraction)
	all.Detection = all.Detection && len(p.Listed) == 0
	if t.Report == "" {
		return all
	}
	label := t.label
	if all.TLP != nil {
		label = tlp.Strictest(label, *all.TLP)
	}
	all.Source, all.Origin, all.Secret, all.TLP = FromReport, t.Report, t.secret, &label
	return all
}

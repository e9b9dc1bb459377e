package message

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/event"
)

// view is what templates see: texts that are safe to print, and lists of them. Numbers are texts too, so that nothing can be counted up to.
type view struct {
	Label        string // TLP:AMBER
	Title        string // the subject without its tags
	Ticket, Date string
	Part, Parts  string // "" when there is one
	Reminder     bool
	Victim       bool // all sections are of things done to them
	Mixed        bool // some are
	NAT          bool // some machines were seen with source ports
	Since        string
	Days         string // since then; "" less than one
	Findings     string
	Events       string
	Kind         string // of one section's things, in the right number: infected machines; "" of several sections
	Kinds        []string
	Organisation string
	Address      string
	Purpose      string
	Networks     []string
	Team         teamView
	Attributions []string
	CSV, XARF    string // names of the attachments; "" when there is none
	NoXARF       bool   // X-ARF was left out, because the letter is large
	Sections     []sectionView
}

type teamView struct{ Name, Email, ReplyTo, Web, Phone string }

// sectionView is one kind of finding.
type sectionView struct {
	Number, Title    string
	Victim, Reminder bool
	Findings, Events string
	Kind             string
	Type, Identifier string
	Malware, Report  string
	Source           string // the feeds that saw it
	First, Last      string
	Since            string
	Why              string
	Check, Fix       []string
	Same             string // number of the section that gives the same advice; this one's is empty then
	Header           string
	Rows             []rowView
	Shown, More      string // rows in the table, and of this part beyond it; "" none
}

type rowView struct {
	Line    string
	Details []string
}

// most of a letter's own lists.
const (
	maxNetworks     = 10
	maxAttributions = 20
	maxFeeds        = 5
	allRows         = 1000 // in the tables of one letter together
)

// look makes the view of a letter in a voice.
func (r *Renderer) look(v *voice, l Letter) view {
	l = totals(l)
	out := view{
		Label: l.Label.String(), Ticket: tag(l.Ticket), Date: r.date(l.Made, l.Zone), Reminder: l.Reminder,
		Findings: number(l.Findings), Events: number(l.Events),
		Organisation: text(l.Organisation, maxName), Address: text(l.Address, maxName), Purpose: text(l.Purpose, maxName),
		Team: teamView{line(l.Team.Name), line(l.Team.Email), line(cmp.Or(l.Team.ReplyTo, l.Team.Email)), line(l.Team.Web), line(l.Team.Phone)},
	}
	if l.Parts > 1 {
		out.Part, out.Parts = strconv.Itoa(l.Part), strconv.Itoa(l.Parts)
	}
	for _, a := range l.Attributions[:min(len(l.Attributions), maxAttributions)] {
		out.Attributions = append(out.Attributions, line(a))
	}
	r.lookSections(v, l, &out)
	out.Networks = networks(l)
	if since := oldest(l); l.Reminder && !since.IsZero() {
		out.Since = since.UTC().Format(time.DateOnly)
		if d := int(l.Made.Sub(since).Hours() / 24); d > 0 {
			out.Days = number(int64(d))
		}
	}
	return out
}

// line makes one of the team's own values fit: it is trusted not to mislead, and still is one line.
func line(s string) string { return unbroken(visible(clip(strings.TrimSpace(s), maxValue))) }

func (r *Renderer) lookSections(v *voice, l Letter, out *view) {
	victims, list := 0, r.listed(len(l.Sections))
	var kinds topics
	given := map[*advice]string{}
	for i, s := range l.Sections {
		a := v.advice.of(s)
		sv := lookSection(s, a, l, list)
		sv.Rows, sv.Header = table(s, s.Rows[:min(len(s.Rows), list)], v.advice.Table, a.Ports && !sv.Victim)
		sv.Number = strconv.Itoa(i + 1)
		if sv.Same = given[a]; sv.Same != "" {
			sv.Why, sv.Check, sv.Fix = "", nil, nil
		} else {
			given[a] = sv.Number
		}
		if sv.Victim {
			victims++
		}
		out.NAT = out.NAT || (!sv.Victim && slices.ContainsFunc(s.Rows, func(w Row) bool { return w.Port > 0 }) && a.Ports)
		kinds.add(a, s.Findings)
		out.Sections = append(out.Sections, sv)
	}
	out.Kinds = kinds.words()
	if len(out.Kinds) == 1 {
		out.Kind = out.Kinds[0]
	}
	tellApart(out.Sections)
	out.Victim = victims > 0 && victims == len(l.Sections)
	out.Mixed = victims > 0 && !out.Victim
}

// topics are what a letter is about: each thing once, though several sections may be about it.
type topics struct {
	order []*advice
	count map[*advice]int64
}

func (k *topics) add(a *advice, findings int64) {
	if k.count == nil {
		k.count = map[*advice]int64{}
	}
	if _, met := k.count[a]; !met {
		k.order = append(k.order, a)
	}
	k.count[a] += findings
}

func (k *topics) words() (list []string) {
	for _, a := range k.order {
		word := a.Many
		if k.count[a] == 1 {
			word = a.One
		}
		if word != "" && !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

// tellApart adds to titles that several sections have what they differ by.
func tellApart(list []sectionView) {
	same := map[string]int{}
	for _, s := range list {
		same[s.Title]++
	}
	for i := range list {
		s := &list[i]
		if more := cmp.Or(s.Malware, s.Identifier); same[s.Title] > 1 && more != "" {
			s.Title += " (" + more + ")"
		}
	}
}

// listed is how many rows of a section stand in its table.
func (r *Renderer) listed(sections int) int {
	return max(1, min(r.o.ListRows, allRows/max(1, sections)))
}

func lookSection(s Section, a *advice, l Letter, list int) sectionView {
	sv := sectionView{
		Title: a.Title, Victim: s.Standing == Victim, Reminder: s.Reminder,
		Findings: number(s.Findings), Events: number(s.Events), Kind: a.Many,
		Type: text(s.Type, maxName), Identifier: text(s.Identifier, maxName), Malware: text(s.Malware, maxName), Report: text(s.Report, maxName),
		Why: a.Why, Check: a.Check, Fix: a.Fix,
	}
	if s.Findings == 1 {
		sv.Kind = a.One
	}
	if s.Reminder && !s.First.IsZero() && s.First.Before(l.Made) {
		sv.Since = s.First.UTC().Format(time.DateOnly)
	}
	first, last := span(s.Rows)
	sv.First, sv.Last = stamp(first), stamp(last)
	sv.Source = feeds(s.Rows)
	shown := min(len(s.Rows), list)
	sv.Shown = number(int64(shown))
	if more := len(s.Rows) - shown; more > 0 {
		sv.More = number(int64(more))
	}
	return sv
}

// totals fills in what the letter leaves to its sections, and they to their rows.
func totals(l Letter) Letter {
	sections := make([]Section, len(l.Sections))
	var findings, events int64
	for i, s := range l.Sections {
		if s.Events == 0 {
			s.Events = int64(len(s.Rows))
		}
		if s.Findings == 0 {
			s.Findings = distinct(s.Rows)
		}
		sections[i] = s
		findings, events = findings+s.Findings, events+s.Events
	}
	l.Sections = sections
	if l.Findings == 0 {
		l.Findings = findings
	}
	if l.Events == 0 {
		l.Events = events
	}
	return l
}

func distinct(rows []Row) int64 {
	seen := make(map[string]struct{}, min(len(rows), 1024))
	for _, r := range rows {
		seen[r.Finding] = struct{}{}
	}
	return int64(len(seen))
}

// at is when the row was observed.
func (w Row) at() time.Time {
	switch {
	case !w.Time.IsZero():
		return w.Time
	case !w.Last.IsZero():
		return w.Last
	}
	return w.First
}

func span(rows []Row) (first, last time.Time) {
	for _, w := range rows {
		t := w.at()
		if t.IsZero() {
			continue
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	return first, last
}

// oldest is when the first of what they were told of before was seen first.
func oldest(l Letter) (t time.Time) {
	for _, s := range l.Sections {
		if s.Reminder && !s.First.IsZero() && (t.IsZero() || s.First.Before(t)) {
			t = s.First
		}
	}
	return t
}

func networks(l Letter) []string {
	var each []string
	for _, s := range l.Sections {
		each = gather(each, s.Rows, maxNetworks, func(w Row) string { return w.Network })
	}
	return each
}

// feeds names the sources of rows, as far as the recipient may know them.
func feeds(rows []Row) string {
	return strings.Join(gather(nil, rows, maxFeeds, func(w Row) string { return w.Event[event.FieldFeed] }), ","+string(glue))
}

// gather adds the values of rows to those that there are, each once, in order, and no more than so many: then it says that there are others.
func gather(out []string, rows []Row, most int, value func(Row) string) []string {
	last := ""
	for _, w := range rows {
		v := value(w)
		if v == "" || v == last || len(out) > most {
			continue
		}
		last = v
		switch v = text(v, maxName); {
		case slices.Contains(out, v):
		case len(out) == most:
			out = append(out, "…")
		default:
			out = append(out, v)
		}
	}
	return out
}

// number writes a count with blanks between the thousands, as both languages may.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u00a0" + s[i:]
	}
	return s
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

// date writes when the letter was made, in the team's zone, as nobody misreads it.
func (r *Renderer) date(t time.Time, zone string) string {
	loc, ok := r.zones.Load(zone)
	if !ok {
		at, err := time.LoadLocation(zone)
		if err != nil {
			at = time.UTC
		}
		loc, _ = r.zones.LoadOrStore(zone, at)
	}
	return t.In(loc.(*time.Location)).Format("2006-01-02 15:04 -07:00")
}

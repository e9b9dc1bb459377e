package obligation

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/firehall/firehall/internal/core/problem"
)

// checker makes a law of a file, or says what is wrong with it and where. Its first complaint counts.
type checker struct {
	name, text string
	from       int // where in text to look for what a complaint is about
	err        error
}

// complain says what is wrong, at the line of the first text after from that has near in it.
func (c *checker) complain(near, format string, args ...any) {
	if c.err != nil {
		return
	}
	where := c.name
	if at := strings.Index(c.text[c.from:], near); near != "" && at >= 0 {
		where = fmt.Sprintf("%s:%d", c.name, 1+strings.Count(c.text[:c.from+at], "\n"))
	}
	c.err = problem.New(problem.Invalid, "%s: %s", where, fmt.Sprintf(format, args...))
}

// skip goes on behind a text, so that later complaints are about what follows it.
func (c *checker) skip(past string) {
	if at := strings.Index(c.text[c.from:], past); at >= 0 {
		c.from += at + len(past)
	}
}

func (c *checker) id(what, id string) {
	if !named(id) {
		c.complain(quote("id", id), "%s needs an id of small letters, digits and hyphens, and not %q", what, id)
	}
}

func (c *checker) words(what string, texts ...string) {
	if texts[0] == "" {
		c.complain("", "%s needs a name", what)
	}
	for _, s := range texts {
		if len(s) > maxWords {
			c.complain(s, "%s has a text of more than %d bytes", what, maxWords)
		}
	}
}

func quote(key, value string) string { return fmt.Sprintf("%s = %q", key, value) }

func (c *checker) law(f *lawFile) *Law {
	c.id("the law", f.ID)
	c.words("law "+f.ID, f.Name, f.Source, f.Article, f.Link)
	l := &Law{ID: f.ID, Name: f.Name, Source: f.Source, Link: f.Link, Article: f.Article, Status: Status(f.Status), Zone: f.Zone, Of: f.Of}
	l.From, l.Until = c.day(f.From), c.day(f.Until)
	c.head(l)
	for _, one := range f.Facts {
		c.id("a fact", one.ID)
		if l.Of == OfReport && !slices.Contains(reportFacts(), one.ID) {
			c.complain(quote("id", one.ID), "nobody is asked for facts of a report: %v are known by themselves, and %q is not", reportFacts(), one.ID)
		}
		c.words("fact "+one.ID, one.Name, one.French)
		l.Facts = append(l.Facts, Fact(one))
	}
	if len(f.Tracks) == 0 || len(f.Tracks) > maxTracks {
		c.complain("[[track]]", "law %s needs a [[track]] with its stages, and may have %d", f.ID, maxTracks)
	}
	for i := range f.Tracks {
		l.Tracks = append(l.Tracks, c.track(l, &f.Tracks[i]))
	}
	return l
}

func (c *checker) head(l *Law) {
	if l.Of != OfIncident && l.Of != OfReport {
		c.complain("of =", "law %s is of incidents, which says nothing, or of = %q, and not of %q", l.ID, OfReport, l.Of)
	}
	if l.Source == "" {
		c.complain(quote("id", l.ID), "law %s needs a source: the official name of where it stands", l.ID)
	}
	if l.Status != InForce && l.Status != NotInForce {
		c.complain("status", "the status of law %s is %q or %q, and not %q", l.ID, InForce, NotInForce, l.Status)
	}
	if u, err := url.Parse(l.Link); err != nil || l.Link != "" && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		c.complain("link", "the link of law %s is no address of a page", l.ID)
	}
	if _, err := time.LoadLocation(l.Zone); err != nil {
		c.complain("zone", "the zone %q of law %s is not known: write it as Europe/Brussels, or leave it out", l.Zone, l.ID)
	}
	if !l.Until.IsZero() && l.Until.Before(l.From) {
		c.complain("valid_until", "law %s ends before it begins", l.ID)
	}
}

func (c *checker) day(d *toml.LocalDate) time.Time {
	if d == nil {
		return time.Time{}
	}
	return d.AsTime(time.UTC)
}

func (c *checker) track(l *Law, f *trackFile) Track {
	c.skip("[[track]]")
	c.id("a track of law "+l.ID, f.ID)
	c.words("track "+f.ID+" of law "+l.ID, f.Name, f.French)
	t := Track{ID: f.ID, Name: f.Name, French: f.French}
	if _, ok := l.Track(f.ID); ok {
		c.complain(quote("id", f.ID), "law %s has the track %q twice", l.ID, f.ID)
	}
	if len(f.Stages) == 0 || len(f.Stages) > maxStages {
		c.complain("", "track %s of law %s needs a [[track.stage]], and may have %d", f.ID, l.ID, maxStages)
	}
	begin := c.from
	for i := range f.Stages {
		c.skip("[[track.stage]]")
		t.Stages = append(t.Stages, c.stage(l, &f.Stages[i]))
	}
	c.from = begin
	c.chain(l, &t)
	return t
}

func (c *checker) stage(l *Law, f *stageFile) Rule {
	what := "stage " + f.ID + " of law " + l.ID
	c.id("a stage of law "+l.ID, f.ID)
	c.words(what, f.Name, f.French, f.Article, f.Note)
	r := Rule{
		ID: f.ID, Name: f.Name, French: f.French, Article: f.Article, By: Side(f.By), When: f.When, Limit: Limit{f.From, f.Within}, AtMost: Limit(f.AtMost),
		Latest: f.Latest, Met: f.Met, Moves: Move(f.Moves), Note: f.Note,
	}
	if r.By == "" {
		r.By = map[Subject]Side{OfIncident: Constituent, OfReport: Team}[l.Of]
	}
	if l.Of == OfReport && r.By != Team {
		c.complain("by =", "%s is of reports, which the team alone deals with: by is %q", what, Team)
	}
	if r.By != Constituent && r.By != Team {
		c.complain("by =", "%s is owed by %q or %q, and not by %q", what, Constituent, Team, r.By)
	}
	if r.From == "" || r.Within.IsZero() {
		c.complain(quote("id", f.ID), "%s needs from (an anchor) and within (a time)", what)
	}
	if (r.AtMost.From == "") != r.AtMost.Within.IsZero() {
		c.complain("at_most", "at_most of %s needs from and within", what)
	}
	if !slices.Contains([]string{"", ToEnd, ToNoon}, r.Moves.To) || r.Moves.To == "" && r.Moves.When != "" {
		c.complain("moves", "%s moves to %q or %q", what, ToEnd, ToNoon)
	}
	for _, a := range r.hangs() {
		if err := a.check(l.Of); a != "" && err != nil {
			c.complain(fmt.Sprintf("%q", a), "%s: %v", what, err)
		}
	}
	for _, when := range []string{r.When, r.Moves.When} {
		c.condition(l, what, when)
	}
	return r
}

func (c *checker) condition(l *Law, what, when string) {
	fact := strings.TrimPrefix(when, "not ")
	if when != "" && !slices.ContainsFunc(l.Facts, func(f Fact) bool { return f.ID == fact }) {
		c.complain(quote("when", when), "%s asks for the fact %q, which law %s does not have as [[fact]]", what, fact, l.ID)
	}
}

// chain refuses stages that wait for one that there is not, or for each other, and two of one id that can hold together.
func (c *checker) chain(l *Law, t *Track) {
	for i, r := range t.Stages {
		for _, other := range t.Stages[:i] {
			if other.ID == r.ID && !excludes(other.When, r.When) {
				c.complain(quote("id", r.ID), "law %s has the stage %q twice, and both can hold: give them conditions (when) that exclude each other", l.ID, r.ID)
			}
		}
		for _, a := range r.hangs() {
			if name := a.Stage(); name != "" && !slices.ContainsFunc(t.Stages, func(o Rule) bool { return o.ID == name }) {
				c.complain(string(a), "stage %s of law %s waits for the stage %q, which its track does not have", r.ID, l.ID, name)
			}
		}
		if t.reaches(r.ID, r.ID, nil) {
			c.complain(quote("id", r.ID), "stage %s of law %s waits for itself", r.ID, l.ID)
		}
	}
}

func excludes(a, b string) bool { return a != "" && b != "" && (a == "not "+b || b == "not "+a) }

// reaches tells whether a stage waits, by whatever way, for another.
func (t *Track) reaches(id, goal string, seen []string) bool {
	if slices.Contains(seen, id) {
		return false
	}
	for _, r := range t.Stages {
		if r.ID != id {
			continue
		}
		for _, a := range r.hangs() {
			if next := a.Stage(); next != "" && (next == goal || t.reaches(next, goal, append(seen, id))) {
				return true
			}
		}
	}
	return false
}

// hangs lists the anchors on which a stage hangs.
func (r *Rule) hangs() []Anchor { return append([]Anchor{r.From, r.AtMost.From}, r.Met...) }

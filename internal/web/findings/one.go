package findings

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/told"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// One is the page of one finding.
type One struct {
	desk.FindingAbout
	Moves    []finding.State // what this person may do with it now
	Messages []Message
	Lines    []ui.Entry // what happened, the newest first
	Related  []Related
	Sights   *desk.Sights // nil: they are asked for apart
	Item     string       // path of its page among the releases; "" for who may not see that
	Share    string       // path of where it is shared; "" for who may not look
}

// Message is a message that told of a finding.
type Message struct {
	desk.FindingTold
	Known    bool // what became of it is known
	Delivery delivery.Delivery
	Attempts []delivery.Attempt
}

// Related is a list that a finding stands in.
type Related struct {
	Text  string
	Href  string
	Count int64
}

// foundItem is the kind of findings among what is released.
const foundItem = "findings"

// shownMessages is how many messages are looked up for one finding.
const shownMessages = 20

// one answers with the page of a finding. The beginning of an id leads to the whole.
func (p *page) one(w http.ResponseWriter, r *shell.Request) error {
	o, err := p.about(r)
	if err != nil {
		return err
	}
	if id := o.Finding.ID; id != r.PathValue("id") {
		http.Redirect(w, r.Request, oneURL(id), http.StatusSeeOther)
		return nil
	}
	if r.URL.Query().Get("events") == "1" {
		sights, err := p.o.Desk.FindingSights(r.Context(), r.Actor, o.Finding.ID)
		if err != nil {
			return err
		}
		o.Sights = &sights
	}
	o.Item = told.Path(r, foundItem, o.Finding.ID)
	if r.Actor.May(sharing.OpOverview) && ui.Of(r.Context()).Has("/findings/{id}/share") {
		o.Share = oneURL(o.Finding.ID, "/share")
	}
	return p.Page(w, r, shell.Page{Title: o.Finding.What(), Section: "findings", Crumbs: crumbs(r), Body: onePage(o)})
}

// about gathers all that the page tells, but for the events.
func (p *page) about(r *shell.Request) (One, error) {
	about, err := p.o.Desk.AboutFinding(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return One{}, err
	}
	o := One{FindingAbout: about, Moves: personal(finding.State(about.Finding.State))}
	if err := p.messages(r, &o); err != nil {
		return o, err
	}
	o.Lines = timeline(r.Context(), o)
	o.Related, err = p.related(r, about.Finding)
	return o, err
}

// messages looks up what became of the newest messages. One that is forgotten meanwhile is still named.
func (p *page) messages(r *shell.Request, o *One) error {
	told := slices.Clone(o.Told)
	slices.Reverse(told)
	for i, t := range told {
		m := Message{FindingTold: t}
		if i < shownMessages && p.o.Message != nil {
			var err error
			m.Delivery, m.Attempts, err = p.o.Message(r.Context(), r.Actor, t.Message)
			if err != nil && !problem.Is(err, problem.NotFound) {
				return err
			}
			m.Known = err == nil
		}
		o.Messages = append(o.Messages, m)
	}
	return nil
}

// timeline puts history, messages and what came back into one, the newest first.
func timeline(ctx context.Context, o One) []ui.Entry {
	var out []ui.Entry
	for _, h := range o.History {
		e := ui.Entry{At: h.At, Who: h.By, What: did(ctx, h.Name), Tone: stateTone(h.To), Icon: "circle-dashed"}
		if h.Message != "" {
			e.Icon, e.Who, e.Body = "mail", "", messageLink(h.Message, h.Reason)
		} else if h.Reason != "" {
			e.Body = ui.Text(h.Reason)
		}
		out = append(out, e)
	}
	for _, m := range o.Messages {
		for _, a := range m.Attempts {
			out = append(out, ui.Entry{At: a.At, What: words.T(ctx, "findings.did.attempt", "outcome", a.Outcome), Icon: "mail-exclamation", Tone: ui.Warn, Body: ui.Text(a.Detail)})
		}
	}
	out = append(out, ui.Entry{At: o.Finding.First, What: words.T(ctx, "findings.did.first"), Icon: "eye", Tone: ui.Quiet})
	if o.Finding.Count > 1 {
		out = append(out, ui.Entry{At: o.Finding.Last, What: words.T(ctx, "findings.did.last"), Icon: "eye", Tone: ui.Quiet})
	}
	slices.SortStableFunc(out, func(a, b ui.Entry) int { return b.At.Compare(a.At) })
	return out
}

// related counts what else there is about the same address, the same owner, and the same kind at the same owner.
func (p *page) related(r *shell.Request, v desk.FindingView) ([]Related, error) {
	var asks []Related
	if v.Address != "" {
		asks = append(asks, Related{Text: r.T("findings.related.address", "address", v.Address), Href: narrow("", "ip", v.Address)})
	}
	if v.OrganisationID != "" {
		own := narrow("", "org", v.OrganisationID)
		asks = append(asks,
			Related{Text: r.T("findings.related.organisation", "name", v.Organisation), Href: own},
			Related{Text: r.T("findings.related.class", "class", ui.Class(r.Context(), v.Class), "name", v.Organisation), Href: narrow(own, "class", v.Class)})
	}
	for i, a := range asks {
		counts, err := p.o.Desk.TallyFindings(r.Context(), r.Actor, a.Href)
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			asks[i].Count = c.Findings - 1 // this one
		}
		asks[i].Href = listURL(a.Href)
	}
	return asks, nil
}

// sights answers with the events over time and the newest of them; the page asks for it when it stands.
func (p *page) sights(w http.ResponseWriter, r *shell.Request) error {
	s, err := p.o.Desk.FindingSights(r.Context(), r.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.Fragment(w, r, sightsPart(s))
}

// chartOf draws the events over time.
func chartOf(ctx context.Context, s desk.Sights) ui.ChartData {
	out := ui.ChartData{Title: words.T(ctx, "findings.one.over"), Unit: words.T(ctx, "findings.one.events"), Times: true}
	series := ui.Series{Name: words.T(ctx, "findings.one.events"), Tone: ui.Info}
	for _, span := range s.Spans {
		out.Labels = append(out.Labels, span.From.UTC().Format(time.RFC3339))
		series.Values = append(series.Values, float64(span.Events))
	}
	out.Series = []ui.Series{series}
	return out
}

// stepsOf makes the chain of why readable.
func stepsOf(ctx context.Context, chain []constituency.Step) []ui.Step {
	var out []ui.Step
	for _, s := range chain {
		title := word(ctx, stepWords, s.Step)
		if s.Tried != "" {
			title += ": " + s.Tried
		}
		out = append(out, ui.Step{Title: title, Text: word(ctx, resultWords, s.Result) + " — " + s.Reason, Tone: resultTones[s.Result]})
	}
	return out
}

func word(ctx context.Context, keys map[string]string, name string) string {
	if key, ok := keys[name]; ok {
		return words.T(ctx, key)
	}
	return name
}

var stepWords = map[string]string{
	constituency.StepOwner: "findings.step.owner", constituency.StepOwn: "findings.step.own", constituency.StepParent: "findings.step.parent",
	constituency.StepProvider: "findings.step.provider", constituency.StepNational: "findings.step.national", constituency.StepRDAP: "findings.step.rdap",
	constituency.StepQueue: "findings.step.queue",
}

var resultWords = map[string]string{
	constituency.ResultOwner: "findings.result.owner", constituency.ResultTold: "findings.result.told", constituency.ResultNone: "findings.result.none",
	constituency.ResultPassed: "findings.result.passed", constituency.ResultNext: "findings.result.next", constituency.ResultHeld: "findings.result.held",
	constituency.ResultNotAsked: "findings.result.unasked",
}

var resultTones = map[string]ui.Tone{
	constituency.ResultOwner: ui.Good, constituency.ResultTold: ui.Good, constituency.ResultNone: ui.Quiet, constituency.ResultPassed: ui.Warn,
	constituency.ResultNext: ui.Quiet, constituency.ResultHeld: ui.Warn, constituency.ResultNotAsked: ui.Quiet,
}

// moveOne moves one finding.
func (p *page) moveOne(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("id")
	m, wrong := p.requestOf(r)
	if len(wrong) > 0 {
		return p.again(w, r, Asking{To: m.To, What: id, Form: ui.Form{Values: r.PostForm, Wrong: wrong}, Act: oneURL(id, "/move")})
	}
	keys, err := keysOf([]string{id})
	if err != nil {
		return err
	}
	moved, err := p.o.Desk.MoveFindings(r.Context(), r.Actor, keys, m)
	switch {
	case err != nil:
		return err
	case moved.Moved == 0:
		return problem.New(problem.Conflict, "this finding cannot be made %s any more: somebody else moved it, or it was seen again; look at it anew", m.To)
	}
	return p.Done(w, r, oneURL(id), toldMoved(r, m.To, moved))
}

// handOne gives a finding to the owner whom the register names now.
func (p *page) handOne(w http.ResponseWriter, r *shell.Request) error {
	id := r.PathValue("id")
	keys, err := keysOf([]string{id})
	if err != nil {
		return err
	}
	changed, err := p.o.Desk.HandFinding(r.Context(), r.Actor, keys[0], whole(r.PostFormValue("version")))
	if err != nil {
		return err
	}
	text := r.T("findings.owner.same")
	if changed {
		text = r.T("findings.owner.changed")
	}
	return p.Done(w, r, oneURL(id), text)
}

// lookupURL is everything about an address or a name.
func lookupURL(value string) string { return "/lookup?" + url.Values{"q": {value}}.Encode() }

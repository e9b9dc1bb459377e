package api

import (
	"context"
	"net/http"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/observable"
)

// Lookup is what is known of something.
type Lookup struct {
	Asked         string               `json:"asked" doc:"As it was understood."`
	Subject       string               `json:"subject" doc:"address, prefix, asn, domain, url, hash, mail or organisation"`
	Who           *constituency.Answer `json:"who,omitempty" doc:"Whose it is, who would be told, and why."`
	Organisations []Name               `json:"organisations,omitempty"`
	Findings      []desk.FindingView   `json:"findings" nullable:"false"`
	More          bool                 `json:"more_findings"`
	Messages      []desk.FindingTold   `json:"messages" nullable:"false"`
	Network       string               `json:"network,omitempty"`
	Neighbours    []Neighbour          `json:"neighbours" nullable:"false" doc:"Other addresses of the network of which something is known."`
	Events        string               `json:"events_query,omitempty" doc:"Asks for its events."`
	Work          LookupWork           `json:"work" doc:"What the team had to do with it, as far as the caller sees it."`
}

// LookupWork is the work that touches something.
type LookupWork struct {
	Incidents       []observable.Match `json:"incidents" nullable:"false" doc:"Observables of incidents that are it, or have to do with it, and why."`
	MoreIncidents   bool               `json:"more_incidents"`
	Reports         []LookupThing      `json:"reports" nullable:"false" doc:"Reports that name it, at most 50."`
	MoreReports     bool               `json:"more_reports"`
	Countermeasures []LookupThing      `json:"countermeasures" nullable:"false" doc:"Blocks and take-downs that touch it."`
	Files           []LookupThing      `json:"files" nullable:"false" doc:"Reports and incidents that keep a file with the hash: MD5, SHA-1 or SHA-256."`
}

// LookupThing is one thing that was found.
type LookupThing struct {
	ID    string `json:"id"`
	Ref   string `json:"ref"`
	Title string `json:"title,omitempty"`
	State string `json:"state,omitempty"`
}

const mostReportsNaming = 50

// Name is an organisation that was found.
type Name struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Contact string `json:"contact,omitempty" doc:"The address by which it was found."`
}

// Neighbour is another address of the same network.
type Neighbour struct {
	Address  string `json:"address"`
	Findings int    `json:"findings"`
	Severity string `json:"severity,omitempty"`
	What     string `json:"what"`
	Open     bool   `json:"open"`
}

type lookupInput struct {
	Q string `query:"q" required:"true" minLength:"1" maxLength:"2048" doc:"An address, prefix, AS number, domain, URL, hash, mail address or name; as people paste it."`
}

type registryInput struct {
	Body struct {
		Q        string `json:"q" minLength:"1" maxLength:"2048" doc:"An address, prefix, AS number, domain or URL."`
		Incident string `json:"incident,omitempty" maxLength:"40" doc:"Id or number of the incident for which it is asked."`
	}
}

func (a *API) addLookup() {
	add(a, operation{
		method: http.MethodGet, path: "/lookup", id: "lookup", tag: tagRegister, summary: "All that is known of something",
		detail: "No registry or other outsider is asked.",
	}, a.lookup)
	add(a, operation{
		method: http.MethodPost, path: "/lookup/registry", id: "ask-registry", tag: tagRegister, summary: "Ask a registry by RDAP who registered something",
		detail: "The registry learns what you look at, so PAP decides: the strictest of the incident that is named and of those in which it was seen. Where it forbids, `allowed` is false, and nobody was asked. Each question is on record. 503 where `rdap.enabled` is off.",
	}, func(ctx context.Context, actor identity.Actor, in *registryInput) (*body[desk.Registered], error) {
		return given(a.Desk.Registered(ctx, actor, in.Body.Q, in.Body.Incident))
	})
	add(a, operation{
		method: http.MethodGet, path: "/who", id: "who", tag: tagRegister, summary: "Whom something concerns, who would be told, and why",
	}, func(ctx context.Context, actor identity.Actor, in *lookupInput) (*body[constituency.Answer], error) {
		return given(a.Register.Who(ctx, actor, constituency.Question{Text: in.Q}))
	})
}

func (a *API) lookup(ctx context.Context, actor identity.Actor, in *lookupInput) (*body[Lookup], error) {
	work, value, err := a.lookupWork(ctx, actor, in.Q)
	if err != nil {
		return nil, err
	}
	l, err := a.Desk.Lookup(ctx, actor, in.Q)
	if problem.Is(err, problem.Invalid) && value != "" { // no asset, but a CVE, a file or the like
		l, err = desk.Lookup{Asked: value}, nil
	}
	if err != nil {
		return nil, err
	}
	out := Lookup{
		Asked: l.Asked, Subject: string(l.Subject), Who: l.Who, Findings: append([]desk.FindingView{}, l.Findings...), More: l.MoreFindings,
		Messages: append([]desk.FindingTold{}, l.Messages...), Network: l.Network, Neighbours: []Neighbour{}, Events: l.EventText,
		Work: work,
	}
	for _, o := range l.Organisations {
		out.Organisations = append(out.Organisations, Name(o))
	}
	for _, n := range l.Neighbours {
		out.Neighbours = append(out.Neighbours, Neighbour{Address: n.Address, Findings: n.Findings, Severity: n.Severity, What: n.What, Open: n.Open})
	}
	return &body[Lookup]{out}, nil
}

// lookupWork finds the work that touches something, of the kinds that the caller may read; value is what was asked as it was understood, "" for no value.
func (a *API) lookupWork(ctx context.Context, actor identity.Actor, text string) (w LookupWork, value string, err error) {
	w = LookupWork{Incidents: []observable.Match{}, Reports: []LookupThing{}, Countermeasures: []LookupThing{}, Files: []LookupThing{}}
	if a.Observables == nil || !actor.May(observable.OpRead) {
		return w, "", nil
	}
	found, err := a.Observables.Search(ctx, actor, "", text)
	if problem.Is(err, problem.Invalid) {
		return w, "", nil
	}
	w.Incidents, w.MoreIncidents = append(w.Incidents, found.Matches...), found.More
	for _, more := range []func(context.Context, identity.Actor, string, *LookupWork) error{a.lookupReports, a.lookupMeasures, a.lookupFiles} {
		if err == nil {
			err = more(ctx, actor, found.Value, &w)
		}
	}
	return w, found.Value, err
}

func (a *API) lookupReports(ctx context.Context, actor identity.Actor, value string, w *LookupWork) error {
	if a.Incidents == nil || !actor.May(incident.OpRead) {
		return nil
	}
	list, err := a.Incidents.ReportsNaming(ctx, actor, value, mostReportsNaming)
	for _, r := range list.Items {
		w.Reports = append(w.Reports, LookupThing{r.ID, r.Ref, r.Subject, string(r.State)})
	}
	w.MoreReports = list.Next != ""
	return err
}

func (a *API) lookupMeasures(ctx context.Context, actor identity.Actor, value string, w *LookupWork) error {
	if a.Countermeasures == nil || !actor.May(countermeasure.OpRead) {
		return nil
	}
	list, err := a.Countermeasures.Touching(ctx, actor, value)
	for _, c := range list {
		w.Countermeasures = append(w.Countermeasures, LookupThing{c.ID, c.Ref, c.Asset.Value, string(c.State)})
	}
	return err
}

func (a *API) lookupFiles(ctx context.Context, actor identity.Actor, value string, w *LookupWork) error {
	if a.Incidents == nil || !actor.May(incident.OpEvidenceRead) {
		return nil
	}
	list, err := a.Incidents.EvidenceWith(ctx, actor, value)
	for _, r := range list {
		w.Files = append(w.Files, LookupThing{ID: r.ID, Ref: r.Ref, Title: r.Title})
	}
	return err
}

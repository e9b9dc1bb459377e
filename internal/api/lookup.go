package api

import (
	"context"
	"net/http"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
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
}

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
	l, err := a.Desk.Lookup(ctx, actor, in.Q)
	if err != nil {
		return nil, err
	}
	out := Lookup{
		Asked: l.Asked, Subject: string(l.Subject), Who: l.Who, Findings: append([]desk.FindingView{}, l.Findings...), More: l.MoreFindings,
		Messages: append([]desk.FindingTold{}, l.Messages...), Network: l.Network, Neighbours: []Neighbour{}, Events: l.EventText,
	}
	for _, o := range l.Organisations {
		out.Organisations = append(out.Organisations, Name(o))
	}
	for _, n := range l.Neighbours {
		out.Neighbours = append(out.Neighbours, Neighbour{Address: n.Address, Findings: n.Findings, Severity: n.Severity, What: n.What, Open: n.Open})
	}
	return &body[Lookup]{out}, nil
}

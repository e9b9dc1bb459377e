package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// intelmqPath is where IntelMQ's expert for tuency asks: below the address that its parameter url names.
const intelmqPath = "/intelmq/lookup"

// intelmqAsks are the parameters that the expert sends, and what each does here.
var intelmqAsks = [][2]string{
	{"ip", "The address that an event is about."},
	{"domain", "The name that an event is about. An address, a name or both have to be asked for."},
	{"classification_type", "A type of RSIT: how often the owner is told of it depends on it."},
	{"classification_taxonomy", "Taken, and decides nothing: the type says it."},
	{"classification_identifier", "Taken, and decides nothing."},
	{"feed_code", "A feed of the configuration, whose terms decide. Of one that Firehall does not know, or if none is named, nobody may be told."},
	{"feed_name", "As feed_code."},
	{"feed_provider", "Taken, and decides nothing."},
	{"feed_status", "Taken, and decides nothing."},
}

// intelmqAnswer is what the expert reads.
type intelmqAnswer struct {
	IP       *intelmqDestinations `json:"ip,omitempty"`
	Domain   *intelmqDestinations `json:"domain,omitempty"`
	Suppress bool                 `json:"suppress"`
	Interval intelmqInterval      `json:"interval"`
}

type intelmqDestinations struct {
	Destinations []intelmqDestination `json:"destinations"`
}

// intelmqDestination is an organisation with those of its mailboxes that would be told.
type intelmqDestination struct {
	Source   string           `json:"source"`
	Name     string           `json:"name"`
	Contacts []intelmqContact `json:"contacts"`
}

type intelmqContact struct {
	Email string `json:"email"`
}

// intelmqInterval is how often they are told; the unit is "immediate" or "days".
type intelmqInterval struct {
	Unit   string `json:"unit"`
	Length int    `json:"length"`
}

func (a *API) addIntelMQ() {
	a.describe(operation{
		method: http.MethodGet, path: intelmqPath, id: "intelmq-lookup", tag: tagRegister, summary: "Whom an event of IntelMQ concerns",
		detail: "For IntelMQ's expert for tuency: the mailboxes of whose network it is, how often they want to be told, and whether they may be told at all (suppress). Each answer that names somebody, or keeps a name back, is a decision of release, and on record. Nobody else's contacts are given: what concerns nobody in the register has no destinations.",
	}, func(op *huma.Operation) {
		op.Path = intelmqPath
		for _, p := range intelmqAsks {
			asks(op, "query", p[0], p[1])
		}
		answers(op, "200", "Whom it concerns.", "application/json", huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[intelmqAnswer]()))
	})
	a.plain.HandleFunc(http.MethodGet+" "+intelmqPath, a.asked(a.intelmqLookup))
}

// intelmqQuestion is what is the same for the address and the name of an event.
type intelmqQuestion struct {
	class string
	terms release.Terms
}

// intelmqUnnamed is the name of a feed in decisions about an event of which none is named.
const intelmqUnnamed = "(not named)"

// intelmqTerms are the terms of a feed. Of one that the configuration does not have nobody knows any, so nobody may be told.
func (a *API) intelmqTerms(feed string) release.Terms {
	if a.FeedTerms != nil {
		if terms, known := a.FeedTerms(feed); known {
			return terms
		}
	}
	feed = render.Clean(feed, maxFeedName)
	return release.Terms{Feed: orElse(feed, intelmqUnnamed), Label: tlp.AmberStrict}
}

// maxFeedName bounds the names of feeds that nobody knows, in characters.
const maxFeedName = 100

func (a *API) intelmqLookup(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	q := r.URL.Query()
	if err := intelmqCheck(q); err != nil {
		return err
	}
	out, err := a.intelmqAnswer(r.Context(), actor, q)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(out)
}

// intelmqCheck refuses what the expert would not send: who mistypes a parameter should not be told of everything.
func intelmqCheck(q url.Values) error {
	for name, values := range q {
		if len(values) > 1 {
			return problem.New(problem.Invalid, "%s comes twice: ask about one at a time", render.Clean(name, maxFeedName))
		}
		if !slices.ContainsFunc(intelmqAsks, func(p [2]string) bool { return p[0] == name }) {
			return problem.New(problem.Invalid, "there is no parameter %q: IntelMQ's expert for tuency sends ip, domain, classification_type and feed_name, for example", name)
		}
	}
	if q.Get("ip") == "" && q.Get("domain") == "" {
		return problem.New(problem.Invalid, "ask for an ip, a domain or both")
	}
	return nil
}

func (a *API) intelmqAnswer(ctx context.Context, actor identity.Actor, q url.Values) (out intelmqAnswer, err error) {
	var about intelmqQuestion
	if class, ok := rsit.Lookup(q.Get("classification_type")); ok {
		about.class = string(class)
	}
	about.terms = a.intelmqTerms(orElse(q.Get("feed_code"), q.Get("feed_name")))
	days, asked := -1, map[string]**intelmqDestinations{"ip": &out.IP, "domain": &out.Domain}
	for _, name := range []string{"ip", "domain"} {
		if q.Get(name) == "" {
			continue
		}
		found, err := a.intelmqOwner(ctx, actor, q.Get(name), about)
		if err != nil {
			return out, err
		}
		*asked[name] = &intelmqDestinations{found.list}
		out.Suppress = out.Suppress || found.suppressed
		if len(found.list) > 0 && (days < 0 || found.days < days) { // who wants it sooner is not kept waiting
			days = found.days
		}
	}
	out.Interval = intelmqInterval{"days", days}
	if days <= 0 {
		out.Interval = intelmqInterval{"immediate", 1}
	}
	return out, nil
}

// intelmqFound is whom one address or name concerns.
type intelmqFound struct {
	list       []intelmqDestination
	days       int
	suppressed bool // there is somebody, and they may not be told
}

// intelmqOwner finds the owner. Who else of the chain could be told needs a person's word, and IntelMQ is none.
func (a *API) intelmqOwner(ctx context.Context, actor identity.Actor, text string, about intelmqQuestion) (f intelmqFound, err error) {
	f.list = []intelmqDestination{}
	who, err := a.Register.Who(ctx, actor, constituency.Question{Text: text})
	if err != nil || who.OrganisationID == "" {
		return f, err
	}
	all, err := a.Register.Recipients(ctx, actor, []string{who.OrganisationID})
	if err != nil {
		return f, err
	}
	to := all[who.OrganisationID]
	told, err := a.intelmqTold(ctx, actor, to, about)
	if err != nil || len(told) == 0 {
		f.suppressed = len(to.Contacts) > 0
		return f, err
	}
	pace, err := a.Notify.Pace(actor, who.Organisation, about.class)
	f.list, f.days = append(f.list, intelmqDestination{"portal", who.Organisation, told}), pace.Days
	return f, err
}

// intelmqVersion tells decisions about what IntelMQ sends from those about what Firehall sends itself.
const intelmqVersion = "named to IntelMQ"

// intelmqTold are the mailboxes of an organisation that may be told under the terms of the feed. That they are named is on record.
func (a *API) intelmqTold(ctx context.Context, actor identity.Actor, to constituency.Recipients, about intelmqQuestion) (list []intelmqContact, err error) {
	var asks []release.Ask
	for _, c := range to.Contacts {
		if c.Channel != constituency.Mail {
			continue
		}
		asks = append(asks, release.Ask{
			Item: release.Item{
				Kind: "findings", ID: to.Organisation.ID + "/" + about.terms.Feed, Version: intelmqVersion, Owner: to.Organisation.ID, Terms: about.terms, Count: 1,
			},
			To: release.Recipient{Contact: c, Organisation: to.Organisation, Chain: release.ChainOwn},
		})
	}
	decisions, err := a.Release.Name(ctx, actor, asks)
	for i, d := range decisions {
		if d.Allowed {
			list = append(list, intelmqContact{asks[i].To.Contact.Address})
		}
	}
	return list, err
}

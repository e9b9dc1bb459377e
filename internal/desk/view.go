package desk

import (
	"cmp"
	"context"
	"math/bits"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/search"
	"github.com/firehall/firehall/internal/identity"
)

// FindingView is a finding as people and programs read it: organisations by name, feeds by name. Its JSON is a contract.
type FindingView struct {
	ID             string    `json:"id"`
	State          string    `json:"state"`
	Organisation   string    `json:"organisation"` // name; "" when it is nobody's that we know
	OrganisationID string    `json:"organisation_id,omitempty"`
	Rule           string    `json:"rule,omitempty"`
	Standing       string    `json:"standing,omitempty"`
	Taxonomy       string    `json:"taxonomy,omitempty"`
	Class          string    `json:"class"`
	Identifier     string    `json:"identifier,omitempty"`
	Malware        string    `json:"malware,omitempty"`
	Address        string    `json:"address,omitempty"`
	Port           int64     `json:"port,omitempty"`
	Transport      string    `json:"transport,omitempty"`
	Host           string    `json:"host,omitempty"`
	URL            string    `json:"url,omitempty"`
	Severity       string    `json:"severity,omitempty"`
	Feeds          []string  `json:"feeds"`
	Report         string    `json:"report,omitempty"`
	Label          string    `json:"label"` // the strictest of its sources
	First          time.Time `json:"first"`
	Last           time.Time `json:"last"`
	Count          int64     `json:"count"` // events
	Since          time.Time `json:"since"` // of the state
	Reason         string    `json:"reason,omitempty"`
	Until          time.Time `json:"until,omitzero"` // end of muting
	Told           time.Time `json:"told,omitzero"`  // the last message
	Due            time.Time `json:"due,omitzero"`   // when the owner is to be told; not after since when at once
}

// What names what a finding is of: address and port, URL or host.
func (v FindingView) What() string {
	switch {
	case strings.HasPrefix(v.ID, "page~") && v.URL != "":
		return v.URL
	case strings.HasPrefix(v.ID, "page~") && v.Host != "" || v.Address == "":
		return v.Host
	case v.Port == 0:
		return v.Address
	}
	port := strconv.FormatInt(v.Port, 10)
	return net.JoinHostPort(v.Address, port)
}

// Condition names what is wrong, as particularly as is known.
func (v FindingView) Condition() string {
	for _, s := range []string{v.Identifier, v.Malware} {
		if s != "" {
			return v.Class + " " + s
		}
	}
	return v.Class
}

// viewer gives what makes a finding readable.
func (d *Desk) viewer(ctx context.Context, names map[string]string) (func(finding.Finding) FindingView, error) {
	sources, err := d.o.Findings.Sources(ctx)
	if err != nil {
		return nil, err
	}
	return func(f finding.Finding) FindingView {
		v := FindingView{
			ID: f.Key.ID(), State: string(f.State), Organisation: names[f.Organisation], OrganisationID: f.Organisation, Rule: f.Rule,
			Standing: f.Standing, Taxonomy: f.Taxonomy, Class: f.Type, Identifier: f.Identifier, Malware: f.Malware, Port: f.Port,
			Transport: f.Transport, Host: f.FQDN, URL: f.URL, Severity: f.Severity, Report: f.Report, First: f.First, Last: f.Last, Count: f.Count,
			Since: f.Since, Reason: f.Reason, Until: f.Until, Told: f.Told, Due: f.Due,
		}
		if f.Addr.IsValid() {
			v.Address = f.Addr.String()
		}
		if v.Organisation == "" {
			v.Organisation = f.Organisation
		}
		if f.Due.Equal(finding.Immediately) {
			v.Due = f.Since
		}
		v.Feeds, v.Label = sourcesOf(f, sources)
		return v
	}, nil
}

// sourcesOf names the feeds behind a finding's bits, and the strictest of their labels.
func sourcesOf(f finding.Finding, sources []finding.Source) (feeds []string, label string) {
	feeds = []string{}
	strictest := tlp.Clear
	for rest := f.Sources; rest != 0; rest &= rest - 1 {
		name, one := f.Feed, tlp.Red
		if i := slices.IndexFunc(sources, func(s finding.Source) bool { return s.Bit == bits.TrailingZeros64(rest) && s.Bit < finding.Beyond }); i >= 0 {
			name, one = sources[i].Feed, sources[i].Label
		}
		strictest = tlp.Strictest(strictest, one)
		if !slices.Contains(feeds, name) {
			feeds = append(feeds, name)
		}
	}
	return feeds, strictest.String()
}

// FindingDetail is all that is known of one finding.
type FindingDetail struct {
	Finding FindingView          `json:"finding"`
	Events  []FindingEvent       `json:"events"`  // the newest first, at most shownEvents
	History []FindingEntry       `json:"history"` // the oldest first
	Why     *constituency.Answer `json:"why,omitempty"`
	WhyNot  string               `json:"why_not,omitempty"` // why nothing can be said of whose it is
	Told    []FindingTold        `json:"told"`              // in which messages
}

// FindingEvent is an event behind a finding, by IntelMQ's field names.
type FindingEvent struct {
	Time   time.Time         `json:"time"`
	Intake string            `json:"intake"`
	Fields map[string]string `json:"fields"`
}

// FindingEntry is a line of a finding's history.
type FindingEntry struct {
	At      time.Time `json:"at"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Name    string    `json:"name"`
	By      string    `json:"by"`
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
}

// FindingTold is a message in which an owner was told.
type FindingTold struct {
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// shownEvents is how many events are shown of a finding.
const shownEvents = 10

// ShowFinding gives one finding by its id or a unique beginning of it: its events, its history, whose it is and why, and when its owner was told.
func (d *Desk) ShowFinding(ctx context.Context, actor identity.Actor, id string) (FindingDetail, error) {
	out, f, err := d.aboutFinding(ctx, actor, id)
	if err != nil {
		return out, err
	}
	out.Events, err = d.eventsBehind(ctx, f, shownEvents)
	return out, err
}

// aboutFinding gives all but the events, which lie elsewhere and take longer.
func (d *Desk) aboutFinding(ctx context.Context, actor identity.Actor, id string) (FindingDetail, finding.Finding, error) {
	if err := actor.Authorise(search.OpSearch, id); err != nil {
		return FindingDetail{}, finding.Finding{}, err
	}
	f, err := d.o.Findings.Get(ctx, actor, id)
	if err != nil {
		return FindingDetail{}, f, err
	}
	names, err := d.o.Register.Names(ctx, actor)
	if err != nil {
		return FindingDetail{}, f, err
	}
	view, err := d.viewer(ctx, names)
	if err != nil {
		return FindingDetail{}, f, err
	}
	out := FindingDetail{Finding: view(f), Events: []FindingEvent{}, History: []FindingEntry{}, Told: []FindingTold{}}
	entries, err := d.o.Findings.History(ctx, actor, f.Key)
	if err != nil {
		return out, f, err
	}
	out.tell(entries)
	out.Why, out.WhyNot = d.whyWhose(ctx, actor, f)
	return out, f, nil
}

func (d *FindingDetail) tell(entries []finding.Entry) {
	for _, e := range entries {
		d.History = append(d.History, FindingEntry{At: e.At, From: string(e.From), To: string(e.To), Name: e.Name, By: e.By, Reason: e.Reason, Message: e.Message})
		told := slices.ContainsFunc(d.Told, func(t FindingTold) bool { return t.Message == e.Message })
		if e.Message != "" && !told {
			d.Told = append(d.Told, FindingTold{e.Message, e.At})
		}
	}
}

// whyWhose asks the register whose the thing is: by its name where that decided, else by its address.
func (d *Desk) whyWhose(ctx context.Context, actor identity.Actor, f finding.Finding) (*constituency.Answer, string) {
	about := f.Addr.String()
	if !f.Addr.IsValid() || f.Rule == string(constituency.ByDomain) {
		about = cmp.Or(f.URL, f.FQDN)
	}
	if about == "" {
		return nil, "it has neither an address nor a name"
	}
	answer, err := d.o.Register.Who(ctx, actor, constituency.Question{Text: about})
	if err != nil {
		return nil, err.Error()
	}
	return &answer, ""
}

package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/call"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/phone"
	"github.com/firehall/firehall/internal/web/report"
	"github.com/firehall/firehall/internal/web/words"
)

// formOptions says what the public form, the mailboxes and the form for calls ask.
func (a *App) formOptions(o *web.Options) error {
	if err := a.phoneOptions(o); err != nil {
		return err
	}
	a.finderOptions(o)
	f := a.Config.Form
	if !f.Enabled {
		return nil
	}
	key, err := a.Keys.Secret(report.Secret)
	if err != nil {
		return err
	}
	o.Report = report.Options{
		Accept: a.Incidents.Accept, Mailbox: a.Incidents.Mailbox, SayIn: a.Incidents.SayIn, Clock: a.Clock, Key: key,
		Team: a.Config.Team.Name, Email: a.Config.Team.Email, OnCall: a.Config.Reports.OnCallPhone,
		Promise:  map[words.Lang]string{words.English: f.PromiseEN, words.French: f.PromiseFR},
		MaxFiles: int64(f.MaxFiles), Held: int64(f.Held),
	}
	return nil
}

// phoneOptions says what the form for calls asks.
func (a *App) phoneOptions(o *web.Options) error {
	secret, err := a.Keys.Secret(seal.Secret)
	if err != nil {
		return err
	}
	drafts, err := call.New(a.DB, a.Clock, secret)
	if err != nil {
		return err
	}
	judge, err := a.newTriage(a.Incidents.Linked)
	if err != nil {
		return err
	}
	o.Phone = phone.Options{
		Incidents: a.Incidents, Drafts: drafts, Clock: a.Clock, Numbers: a.registeredNumbers, From: a.reportFrom,
		Hints: func(ctx context.Context, actor identity.Actor, r triage.Report) (triage.Assessment, error) {
			if err := actor.Authorise(incident.OpAccept, ""); err != nil {
				return triage.Assessment{}, err
			}
			return judge.Preview(ctx, r)
		},
	}
	return nil
}

// Of how many organisations the numbers are offered, and how short a name is asked about.
const (
	mostNamed  = 5
	leastNamed = 3
)

// registeredNumbers are the telephones of organisations whose names hold what was typed.
func (a *App) registeredNumbers(ctx context.Context, actor identity.Actor, name string) (list []phone.Number, err error) {
	if len(name) < leastNamed {
		return nil, nil
	}
	names, err := a.Register.Names(ctx, actor)
	if err != nil {
		return nil, err
	}
	found := 0
	for _, id := range slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Compare(names[a], names[b]) }) {
		full := names[id]
		if found == mostNamed || !strings.Contains(strings.ToLower(full), strings.ToLower(name)) {
			continue
		}
		found++
		contacts, err := a.Register.Contacts(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		for _, c := range contacts {
			if c.Channel == constituency.Phone {
				list = append(list, phone.Number{Organisation: full, Number: strings.TrimPrefix(c.Address, "tel:"), Purpose: string(c.Purpose)})
			}
		}
	}
	return list, nil
}

// reportFrom fills in a report from a finding, or from the event that a question finds.
func (a *App) reportFrom(ctx context.Context, actor identity.Actor, door incident.Door, about string) (map[string]string, error) {
	if door == incident.Finding {
		detail, err := a.Desk.ShowFinding(ctx, actor, about)
		if err != nil {
			return nil, err
		}
		f := detail.Finding
		return map[string]string{
			"organisation": f.Organisation, "affected": f.What(), "subject": strings.TrimSpace(f.Identifier + " " + f.What()),
			"text": fmt.Sprintf("%s %s %s\n%s, %s - %s, %d", f.Class, f.Identifier, f.Malware, f.What(), f.First.Format("2006-01-02 15:04 MST"), f.Last.Format("2006-01-02 15:04 MST"), f.Count),
		}, nil
	}
	var found bytes.Buffer
	if _, err := a.Desk.Events(ctx, actor, desk.EventQuery{Text: about, Limit: 1, Format: "json"}, &found); err != nil {
		return nil, err
	}
	var rows []map[string]any
	if err := json.Unmarshal(found.Bytes(), &rows); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, problem.New(problem.NotFound, "there is no such event any more: its retention may have ended")
	}
	return eventReport(rows[0]), nil
}

// eventReport writes an event as a report: its fields, one a line.
func eventReport(row map[string]any) map[string]string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if value := fmt.Sprint(row[name]); row[name] != nil && value != "" {
			lines = append(lines, name+": "+value)
		}
	}
	subject := ""
	for _, name := range []string{"classification.type", "source.ip", "source.fqdn"} {
		if value, ok := row[name].(string); ok {
			subject = strings.TrimSpace(subject + " " + value)
		}
	}
	return map[string]string{"subject": subject, "text": strings.Join(lines, "\n")}
}

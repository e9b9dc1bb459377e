package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

// eventFields are the columns of which events are told as STIX.
func eventFields() []string {
	return append(pattern.Fields(), event.FieldFeed, event.FieldType, event.FieldMalware, event.FieldOrganisation, event.FieldIntake, "tlp", event.FieldPAP, event.FieldIEP)
}

// toldEvents gives the newest events of a query.
func (a *App) toldEvents(ctx context.Context, actor identity.Actor, query string, n int) (list []give.Event, more bool, err error) {
	if err := actor.Authorise(desk.OpExport, "events"); err != nil {
		return nil, false, err
	}
	labels, permits, changed := a.feedLabels(ctx), a.feedPermitted(ctx), a.ownerChanged(ctx)
	ask := desk.RowQuery{Text: query, Fields: eventFields(), Patient: true}
	for {
		ask.Limit = min(n-len(list), desk.MostRows)
		p, err := a.Desk.Rows(ctx, actor, ask)
		if err != nil {
			return nil, false, err
		}
		for i := range p.Rows {
			e := toldEvent(fieldsOf(p.Columns, p.Rows[i]))
			e.Label = tlp.Strictest(e.Label, labels(e.feed))
			pap, policy := permits(e.feed)
			e.PAP, e.IEP = max(e.PAP, pap), iep.Stricter(policy, e.IEP)
			e.Sight.Time = p.Rows[i].Time
			if e.Owner != nil {
				e.Owner.Changed = changed(e.Owner.ID)
			}
			list = append(list, e.Event)
		}
		if ask.Cursor = p.Next; ask.Cursor == "" || len(list) >= n {
			return list, ask.Cursor != "", nil
		}
	}
}

// ownerChanged gives when an organisation was changed last in the register; zero for one that it has no more.
func (a *App) ownerChanged(ctx context.Context) func(organisation string) time.Time {
	known := map[string]time.Time{}
	return func(organisation string) time.Time {
		at, ok := known[organisation]
		if !ok {
			if o, err := a.Register.Organisation(ctx, identity.System("stix"), organisation); err == nil {
				at = o.Updated
			}
			known[organisation] = at
		}
		return at
	}
}

// feedLabels gives the label of a feed: as the configuration has it, or else the strictest under which its events came in.
func (a *App) feedLabels(ctx context.Context) func(feed string) tlp.Label {
	known := map[string]tlp.Label{}
	return func(feed string) tlp.Label {
		if l, ok := known[feed]; ok {
			return l
		}
		known[feed] = a.feedLabel(ctx, feed)
		return known[feed]
	}
}

// feedPermitted gives what the source of a feed lets be done: as the configuration has it, and as strict as any under which its events came in.
func (a *App) feedPermitted(ctx context.Context) func(feed string) (tlp.PAP, *iep.Policy) {
	sources, err := a.Findings.Sources(ctx)
	return func(feed string) (tlp.PAP, *iep.Policy) {
		pap, policy := feedPermits(a.Config.Feeds[feed])
		if err != nil {
			return tlp.PAPRed, policy
		}
		for _, s := range sources {
			if s.Feed == feed {
				pap, policy = max(pap, s.PAP), iep.Stricter(policy, s.IEP)
			}
		}
		return pap, policy.At(a.Clock.Now())
	}
}

func (a *App) feedLabel(ctx context.Context, feed string) tlp.Label {
	if l, err := tlp.Parse(a.Config.Feeds[feed].TLP); err == nil {
		return l
	}
	sources, err := a.Findings.Sources(ctx)
	met := slices.DeleteFunc(sources, func(s finding.Source) bool { return s.Feed != feed })
	if err != nil || len(met) == 0 {
		return tlp.Red // nobody knows any more who may have them
	}
	return slices.MaxFunc(met, func(a, b finding.Source) int { return cmp.Compare(a.Label, b.Label) }).Label
}

// eventFeed is an event with the feed that it came by.
type eventFeed struct {
	give.Event
	feed string
}

// fieldsOf are the values of an event by their fields.
func fieldsOf(columns []desk.EventColumn, row desk.EventRow) map[string]desk.Cell {
	out := make(map[string]desk.Cell, len(columns))
	for i, c := range columns {
		if row.Cells[i].Raw != "" {
			out[c.Field] = row.Cells[i]
		}
	}
	return out
}

func toldEvent(f map[string]desk.Cell) (e eventFeed) {
	e.feed, e.Type, e.Malware, e.Key = f[event.FieldFeed].Raw, f[event.FieldType].Raw, f[event.FieldMalware].Raw, keyOf(f)
	e.Sight = pattern.Sight{
		Count: 1, Source: sideOf(f, "source"), Dest: sideOf(f, "destination"), Transport: f[event.FieldTransport].Raw, Application: f["protocol.application"].Raw,
		MD5: f["malware.hash.md5"].Raw, SHA1: f["malware.hash.sha1"].Raw, SHA256: f["malware.hash.sha256"].Raw, UserAgent: f["user_agent"].Raw,
	}
	own := fold.OwnOf(f["tlp"].Raw, f[event.FieldPAP].Raw, f[event.FieldIEP].Raw)
	e.Label, e.PAP, e.IEP = own.Label, own.PAP, own.IEP.Policy()
	if owner := f[event.FieldOrganisation]; owner.Raw != "" {
		e.Owner = &convert.Party{ID: owner.Raw, Name: owner.Text}
	}
	return e
}

func sideOf(f map[string]desk.Cell, side string) (s pattern.Side) {
	s.Addr, _ = netip.ParseAddr(f[side+".ip"].Raw) // what is none is left out
	s.Local, _ = netip.ParseAddr(f[side+".local_ip"].Raw)
	s.Port, _ = strconv.Atoi(f[side+".port"].Raw)
	s.ASN, _ = strconv.ParseInt(f[side+".asn"].Raw, 10, 64)
	s.FQDN, s.URL, s.Account = f[side+".fqdn"].Raw, f[side+".url"].Raw, f[side+".account"].Raw
	return s
}

// keyOf stands for all that an event says; what is the same in all of it is the same event.
func keyOf(f map[string]desk.Cell) string {
	var b strings.Builder
	for _, name := range eventFields() {
		v := f[name].Raw
		if name == event.FieldIEP && v == "" { // what says none has the ids that it had before there were any
			continue
		}
		b.WriteString(strconv.Itoa(len(v)) + ":" + v)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

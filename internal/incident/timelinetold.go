package incident

import (
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// postman stands in the timeline for a mail that came: nobody of the team did anything.
var postman = identity.System("mail")

// told adds to the timeline of an incident what somebody did.
func (s *Service) told(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, e Entry) error {
	return s.toldAt(tx, actor, i, s.now(), e)
}

func (s *Service) toldAt(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, at time.Time, e Entry) error {
	key, err := s.incidentKey(i)
	if err != nil {
		return err
	}
	return s.tellOf(tx, actor, i.ID, key, at, e)
}

// toldIn is told for a place: of a report nothing is told.
func (s *Service) toldIn(tx *sqldb.Tx, actor identity.Actor, p place, e Entry) error {
	if p.incident == nil {
		return nil
	}
	return s.tellOf(tx, actor, p.incident.ID, p.key, p.at(s.now()), e)
}

func (s *Service) tellOf(tx *sqldb.Tx, actor identity.Actor, incident string, key seal.Key, at time.Time, e Entry) error {
	return s.Tell(tx, actor, &Inside{ID: incident, Now: at, keys: map[string]seal.Key{incident: key}}, e)
}

// path is the page of an investigation.
func (v *Investigation) path() string { return "/investigations/" + v.ID }

// args are what the timeline says of a dialogue.
func (v *Investigation) args() map[string]string {
	return map[string]string{"party": v.Party.Name, "subject": v.Subject}
}

// toldOut tells that we wrote to a party.
func (s *Service) toldOut(tx *sqldb.Tx, actor identity.Actor, p place, v *Investigation) error {
	return s.toldIn(tx, actor, p, Entry{Code: "message.out", Args: v.args(), Link: v.path()})
}

// toldHeard tells that a party wrote.
func (s *Service) toldHeard(tx *sqldb.Tx, t dialogue, m Message) error {
	if t.investigation == nil || t.investigation.Incident == "" {
		return nil
	}
	return s.tellOf(tx, postman, t.parent, t.key, m.At, Entry{World: true, Code: "message.in", Args: t.investigation.args(), Link: t.investigation.path()})
}

// toldReport tells that a report came to an incident, or left it: of an anonymous one to the hour.
func (s *Service) toldReport(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, r *record, code string) error {
	return s.toldAt(tx, actor, i, r.at(s.now()), Entry{Code: code, Args: map[string]string{"ref": r.Ref}, Link: "/reports/" + r.ID})
}

// toldMember tells that somebody is to see an incident, or made themselves see it.
func (s *Service) toldMember(tx *sqldb.Tx, actor identity.Actor, i *incidentRecord, m Member) error {
	code := "member.added"
	if m.Glass {
		code = "glass.broken"
	}
	return s.told(tx, actor, i, Entry{Code: code, Args: map[string]string{"account": m.Account}, Text: m.Reason})
}

func restriction(restricted bool) string {
	if restricted {
		return "incident.restricted"
	}
	return "incident.unrestricted"
}

// toldEdit tells what was changed of an incident: was and had are what stood there.
func (s *Service) toldEdit(tx *sqldb.Tx, actor identity.Actor, was, is *incidentRecord, had, has incidentHead) error {
	var list []Entry
	add := func(differs bool, code, to string) {
		if differs {
			list = append(list, Entry{Code: code, Args: map[string]string{"to": to}})
		}
	}
	add(had.Title != has.Title, "incident.title", has.Title)
	add(was.Severity != is.Severity, "incident.severity", string(is.Severity))
	add(was.Class != is.Class, "incident.class", string(is.Class))
	add(was.PAP != is.PAP, "incident.pap", tlp.PAP(is.PAP).String()) //nolint:gosec // a label
	add(was.TLP != is.TLP, "incident.tlp", tlp.Label(is.TLP).String())
	if len(list) == 0 {
		list = append(list, Entry{Code: "incident.edited"})
	}
	for _, e := range list {
		if err := s.told(tx, actor, is, e); err != nil {
			return err
		}
	}
	return nil
}

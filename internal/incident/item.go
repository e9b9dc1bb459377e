package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// The kinds of items that this room releases.
const (
	ReportItem   = "report"
	IncidentItem = "incident"
)

// item is the report as release decides about it: under the label of who reported it, with what they agreed to.
func (f *full) item() release.Item {
	item := release.Item{Kind: ReportItem, ID: f.ID, Terms: release.Terms{Label: f.label()}, Source: release.ByReporter, Count: 1}
	item.Consent, item.Marks = f.body.Answers.consent(), f.body.Answers.marks()
	item.PAP, item.Terms.IEP = f.body.Answers.PAP, f.body.Answers.IEP
	if f.Hidden {
		item.Marks |= release.Restricted
	}
	return item
}

// consent is what the reporter agreed to.
func (a Answers) consent() (c release.Consent) {
	if a.Police {
		c |= release.WithPolice
	}
	if a.Peers {
		c |= release.WithPeers
	}
	if a.Vendor {
		c |= release.WithVendor
	}
	if a.Provider {
		c |= release.WithProvider
	}
	return c
}

// marks are what keeps it in.
func (a Answers) marks() (m release.Marks) {
	if a.Privilege {
		m |= release.Privileged
	}
	if a.Exempt {
		m |= release.Exempt
	}
	return m
}

// itemOf is a report or an incident as release decides about it.
func (s *Service) itemOf(tx *sqldb.Tx, p place) (release.Item, error) {
	if p.report != nil {
		f, err := s.full(p.report)
		if problem.Is(err, problem.NotFound) { // erased: its row says what is left
			err = nil
		}
		return f.item(), err
	}
	i := p.incident
	return s.incidentItem(tx, i.ID, tlp.Label(i.TLP), tlp.PAP(i.PAP), i.Restricted)
}

// ItemNow is a report or an incident, by its id, as release would decide about it now. It is a step of somebody's operation and does not authorise. Errors:
// NotFound.
func (s *Service) ItemNow(tx *sqldb.Tx, id string) (release.Item, error) {
	p, err := s.place(tx, Sight{all: true}, id)
	if err != nil {
		return release.Item{}, err
	}
	return s.itemOf(tx, p)
}

// Item is an incident as release decides about it: under its own label, the strictest PAP and policy of its own and its reports, with what all who reported it
// agreed to, every mark that one of them asked for, and the last embargo. What nobody reported we ourselves labelled.
func (s *Service) Item(tx *sqldb.Tx, in *Inside) (release.Item, error) {
	return s.incidentItem(tx, in.ID, in.TLP, in.PAP, in.Restricted)
}

func (s *Service) incidentItem(tx *sqldb.Tx, id string, label tlp.Label, pap tlp.PAP, restricted bool) (release.Item, error) {
	item := release.Item{Kind: IncidentItem, ID: id, Terms: release.Terms{Label: label}, PAP: pap, Count: 1}
	if restricted {
		item.Marks |= release.Restricted
	}
	reports, err := reportsBehind(tx, id)
	for i := range reports {
		f, err := s.full(&reports[i])
		if problem.Is(err, problem.NotFound) { // erased: nobody's word is left of it
			continue
		}
		if err != nil {
			return item, err
		}
		one, err := release.Wished(tx, f.item())
		if err != nil {
			return item, err
		}
		until, err := release.EmbargoOf(tx, one)
		if err != nil {
			return item, err
		}
		if until.After(item.Embargo) {
			item.Embargo = until
		}
		item.PAP, item.Terms.IEP = max(item.PAP, one.PAP), iep.Stricter(item.Terms.IEP, one.Terms.IEP)
		if item.Source == "" {
			item.Source, item.Consent, item.Marks = one.Source, one.Consent, item.Marks|one.Marks
		} else {
			item.Consent, item.Marks = item.Consent&one.Consent, item.Marks|one.Marks
		}
	}
	return item, err
}

// reportsBehind reads the reports that an incident, and what was merged into it, is made of.
func reportsBehind(tx *sqldb.Tx, incident string) (list []record, err error) {
	err = tx.Each("SELECT "+recordColumns+` FROM report r WHERE r.id IN (SELECT l.report FROM incident_link l JOIN incident k ON k.id = l.incident
		WHERE l.alert = 0 AND k.root = $1) ORDER BY r.id`, []any{incident}, func(scan func(...any) error) error {
		var r record
		err := scan(r.into()...)
		list = append(list, r)
		return err
	})
	return list, err
}

// ReleaseItem finds a report or an incident by its id or number, as release decides about it: a release.Resolver.
func (s *Service) ReleaseItem(ctx context.Context, actor identity.Actor, name string) (item release.Item, ok bool, err error) {
	if err := actor.Authorise(OpIncidentRead, name); err != nil {
		return item, false, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		p, err := s.place(tx, v, name)
		if err != nil {
			return err
		}
		item, err = s.itemOf(tx, p)
		item.Holds = sensitive // as whoever writes about it says
		return err
	})
	return item, err == nil, err
}

// ReporterOf gives the address and the name of who reported a report, or of who reported an incident first. Errors: NotFound; Conflict if they left no
// address.
func (s *Service) ReporterOf(ctx context.Context, actor identity.Actor, name string) (address, who string, err error) {
	if err := actor.Authorise(OpReply, name); err != nil {
		return "", "", err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		p, err := s.place(tx, v, name)
		if err != nil {
			return err
		}
		list := []record{}
		if p.report != nil {
			list = append(list, *p.report)
		} else if list, err = reportsBehind(tx, p.id); err != nil {
			return err
		}
		for i := range list {
			if f, err := s.full(&list[i]); err == nil && f.head.Reporter.Email != "" {
				address, who = f.head.Reporter.Email, f.head.Reporter.Name
				return nil
			}
		}
		return problem.New(problem.Conflict, "who reported it left no mail address: ask them another way")
	})
	return address, who, err
}

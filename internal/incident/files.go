package incident

import (
	"context"
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Intake says more about a file that somebody adds.
type Intake struct {
	Source    evidence.Source
	Malicious bool
	Reason    string
}

// Attach adds a file to a report or an incident, by id or ref. Errors: NotFound; Invalid for one that is too large; Unavailable.
func (s *Service) Attach(ctx context.Context, actor identity.Actor, about string, f File) (item evidence.Item, err error) {
	return s.AddEvidence(ctx, actor, about, f, Intake{})
}

// AddEvidence is Attach with how the file was obtained, and why it is kept.
func (s *Service) AddEvidence(ctx context.Context, actor identity.Actor, about string, f File, n Intake) (item evidence.Item, err error) {
	if err := actor.Authorise(OpEvidenceAdd, about); err != nil {
		return item, err
	}
	if err := s.in(ctx, actor, about, func(*sqldb.Tx, place) error { return nil }); err != nil {
		return item, err // before a byte is read
	}
	s.filing.RLock()
	defer s.filing.RUnlock()
	stored, err := s.vault.Put(f.Body, MaxFile, time.Time{})
	if err != nil {
		return item, err
	}
	err = s.in(ctx, actor, about, func(tx *sqldb.Tx, p place) error {
		now := p.at(s.now())
		item, err = s.vault.AddFor(tx, now, actor.ID, line(n.Reason), stored, evidence.Item{
			About: p.id, Parent: p.id, Name: f.Name, MediaType: f.MediaType, Quarantined: p.report != nil && p.report.Quarantined, Malicious: n.Malicious,
			Source: evidence.Source{How: line(n.Source.How), Who: line(n.Source.Who), Collected: n.Source.Collected},
		})
		if err != nil {
			return err
		}
		if err := s.toldIn(tx, actor, p, Entry{Code: "file.added", Args: map[string]string{"name": item.Name}}); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpEvidenceAdd, p.id, nil, map[string]any{"item": item.ID, "size": item.Size, "step": item.Step, "head": item.Head})
	})
	return item, err
}

// Evidence opens a file, as it came; that it was taken out is on record before. Whoever shows it gives it as an attachment that no browser opens. The caller
// closes it. Errors: NotFound; Conflict for what is in quarantine or erased; Unavailable.
func (s *Service) Evidence(ctx context.Context, actor identity.Actor, name, why string) (item evidence.Item, body io.ReadCloser, err error) {
	if err := actor.Authorise(OpEvidenceRead, name); err != nil {
		return item, nil, err
	}
	if _, err := s.sound(ctx, actor, OpEvidenceRead, name); err != nil {
		return item, nil, err
	}
	var open func() (io.ReadCloser, error)
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var p place
		if item, p, err = s.item(tx, actor, name); err != nil {
			return err
		}
		now := p.at(s.now())
		if open, err = s.vault.Read(tx, now, &item, actor.ID, line(why)); err != nil {
			return err
		}
		return actor.AuditReason(tx, now, OpEvidenceRead, p.id, line(why), nil, custodyOf(&item))
	})
	if err != nil {
		return evidence.Item{}, nil, err
	}
	body, err = open()
	return item, body, err
}

// custodyOf is what the audit record says of an act: it names the end of the chain, so that nobody can write that anew unseen.
func custodyOf(i *evidence.Item) map[string]any {
	return map[string]any{"item": i.ID, "step": i.Step, "head": i.Head}
}

// item finds a file whose report or incident is within the actor's sight.
func (s *Service) item(tx *sqldb.Tx, actor identity.Actor, name string) (item evidence.Item, p place, err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return item, p, err
	}
	item, err = s.vault.Item(tx, name)
	if problem.Is(err, problem.NotFound) {
		return item, p, gone("file", name) // as for one out of sight
	}
	if err != nil {
		return item, p, err
	}
	p, err = s.place(tx, v, item.Parent)
	if problem.Is(err, problem.NotFound) {
		return evidence.Item{}, p, gone("file", name)
	}
	return item, p, err
}

// Custody lists who had a file, oldest first. Errors: NotFound.
func (s *Service) Custody(ctx context.Context, actor identity.Actor, name string) (list []evidence.Custody, err error) {
	if err := actor.Authorise(OpEvidenceRead, name); err != nil {
		return nil, err
	}
	restricted := ""
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		item, p, err := s.item(tx, actor, name)
		if err != nil {
			return err
		}
		if p.hidden() {
			restricted = p.id
		}
		list, err = evidence.Chain(tx, item.ID)
		return err
	})
	if err == nil && restricted != "" {
		err = s.recordReading(ctx, actor, OpEvidenceRead, []string{restricted})
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

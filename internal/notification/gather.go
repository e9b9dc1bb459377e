package notification

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// answer is how release is asked: to record what it decides and give permits, or only to say what it would.
type answer func(ctx context.Context, actor identity.Actor, asks []release.Ask) ([]release.Permit, []release.Decision, error)

// preview asks release what it would decide.
func (s *Service) preview(ctx context.Context, actor identity.Actor, asks []release.Ask) ([]release.Permit, []release.Decision, error) {
	decisions, err := s.Release.Preview(ctx, actor, asks)
	return make([]release.Permit, len(decisions)), decisions, err
}

// gather reads everything that a plan depends on.
func (s *Service) gather(ctx context.Context, actor identity.Actor, decide answer) (*facts, error) {
	f := &facts{now: s.Clock.Now(), rules: s.rules, sources: map[int]finding.Source{}, parties: map[string]*party{}}
	var err error
	if f.text, err = s.text(ctx); err != nil {
		return nil, err
	}
	if err := s.readDue(ctx, f); err != nil {
		return nil, err
	}
	if err := s.readParties(ctx, actor, f); err != nil {
		return nil, err
	}
	if err := s.readVerdicts(ctx, actor, f, decide); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if f.approvals, err = readApprovals(tx); err != nil {
			return err
		}
		if f.told, err = readTold(tx); err != nil {
			return err
		}
		f.threads, f.usual, err = readThreads(tx, f.now)
		return err
	})
	return f, err
}

// dueNow asks for what is to be told now.
func (s *Service) dueNow(f *facts) finding.DueQuery {
	return finding.DueQuery{Now: f.now, NotBefore: f.now.Add(-s.rules.oldest), Informational: s.rules.informational}
}

// silent tells that a report only informs, and that nobody asked for it.
func (s *Service) silent(report string) bool { return s.Informational(report) && !s.rules.told(report) }

func (s *Service) readDue(ctx context.Context, f *facts) error {
	sources, err := s.Findings.Sources(ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		f.sources[src.Bit] = src
	}
	groups, err := s.Findings.DueGroups(ctx, s.dueNow(f))
	if err != nil {
		return err
	}
	for _, g := range groups {
		if g.Organisation == "" || s.silent(g.Report) {
			continue
		}
		f.due = append(f.due, due{g.Organisation, g.Type, g.Sources, g.Findings, g.Events, g.Told})
	}
	return nil
}

// readParties finds who would be told: the contacts of the organisation itself, and of those that a person's word lets be told.
func (s *Service) readParties(ctx context.Context, actor identity.Actor, f *facts) error {
	wanted := map[string]bool{}
	for _, d := range f.due {
		wanted[d.organisation] = true
	}
	granted, err := s.granted(ctx, actor, f, wanted)
	if err != nil {
		return err
	}
	known, err := s.Register.Recipients(ctx, actor, slices.Sorted(maps.Keys(wanted)))
	if err != nil {
		return err
	}
	for _, d := range f.due {
		id := d.organisation
		if f.parties[id] != nil {
			continue
		}
		own := known[id]
		p := &party{id: id, name: own.Organisation.Name, none: own.Reason, next: own.Next}
		if p.name == "" {
			p.name, p.none = id, "the organisation is not in the register any more"
		}
		p.take(own, release.ChainOwn)
		for _, to := range granted[id] {
			p.take(known[to], release.ChainGrant)
		}
		f.parties[id] = p
	}
	return nil
}

// granted lists, by organisation, those that may be told about its networks, and adds them to the wanted.
func (s *Service) granted(ctx context.Context, actor identity.Actor, f *facts, wanted map[string]bool) (map[string][]string, error) {
	grants, err := s.Release.Grants(ctx, actor, "")
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, g := range grants {
		if g.InForce(f.now) && wanted[g.About] && !slices.Contains(out[g.About], g.To) {
			out[g.About] = append(out[g.About], g.To)
		}
	}
	for _, list := range out {
		slices.Sort(list)
		for _, to := range list {
			wanted[to] = true
		}
	}
	return out, nil
}

func (p *party) take(from constituency.Recipients, chain string) {
	for _, c := range from.Contacts {
		p.recipients = append(p.recipients, &recipient{contact: c, of: from.Organisation, chain: chain, verdicts: map[int]verdict{}})
	}
}

// question is an ask of release and where its answer belongs.
type question struct {
	to  *recipient
	bit int
}

// readVerdicts asks release about each source for each recipient, all at once.
func (s *Service) readVerdicts(ctx context.Context, actor identity.Actor, f *facts, decide answer) error {
	masks := map[string]uint64{}
	for _, d := range f.due {
		masks[d.organisation] |= d.sources
	}
	var asks []release.Ask
	var questions []question
	for _, id := range slices.Sorted(maps.Keys(f.parties)) {
		for _, r := range f.parties[id].recipients {
			for bit := range eachBit(masks[id]) {
				asks = append(asks, release.Ask{Item: itemOf(id, f.sources[bit]), To: release.Recipient{Contact: r.contact, Organisation: r.of, Chain: r.chain}})
				questions = append(questions, question{r, bit})
			}
		}
	}
	if len(asks) == 0 {
		return nil
	}
	permits, decisions, err := decide(ctx, actor, asks)
	if err != nil {
		return err
	}
	for i, q := range questions {
		d := decisions[i]
		q.to.verdicts[q.bit] = verdict{allowed: d.Allowed, reason: d.Reason, label: d.Effective, under: d.Handling(), permit: permits[i]}
	}
	return nil
}

// itemOf is the findings of an organisation that one source showed: they share everything that decides.
func itemOf(organisation string, src finding.Source) release.Item {
	return release.Item{
		Kind: "findings", ID: fmt.Sprintf("%s/%s", organisation, src.Feed), Version: "1", Owner: organisation,
		Terms: release.Terms{Feed: src.Feed, Label: src.Label, Receivers: src.Receivers, Attribution: src.Attribution, IEP: src.IEP}, PAP: src.PAP,
	}
}

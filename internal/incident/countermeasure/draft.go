package countermeasure

import (
	"context"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Plan is a countermeasure as a person writes it. Of a change, nil leaves as it is.
type Plan struct {
	Kind      *Kind      `json:"kind,omitempty"`
	Asset     *Asset     `json:"asset,omitempty"`
	Abuse     *Abuse     `json:"abuse,omitempty"`
	Words     *string    `json:"words,omitempty"`
	Checklist *Checklist `json:"checklist,omitempty"`
	Ladder    *[]Party   `json:"ladder,omitempty"`
	// Quarantined says that it is suspected to show the abuse of children: it is never fetched. It is not taken back.
	Quarantined bool `json:"quarantined,omitempty"`
}

// maxLadder bounds the parties that are chosen in advance.
const maxLadder = 10

// Open writes a draft of a countermeasure for an incident. Errors: NotFound, Invalid; Conflict if the incident is closed.
func (s *Service) Open(ctx context.Context, actor identity.Actor, about string, p Plan) (out Countermeasure, err error) {
	if err := actor.Authorise(OpOpen, about); err != nil {
		return out, err
	}
	err = s.o.Incidents.Work(ctx, actor, about, func(tx *sqldb.Tx, in *incident.Inside) error {
		if in.Stage != incident.StageOpen {
			return problem.New(problem.Conflict, "incident %s is %s: reopen it first", in.Ref, in.Stage)
		}
		r := &record{Countermeasure: Countermeasure{
			ID: id.NewAt(in.Now), Incident: in.ID, Kind: Takedown, Abuse: likely(in.Class), State: Draft, Opened: in.Now, OpenedBy: actor.ID, Version: 1,
		}}
		if p.Asset == nil {
			return problem.New(problem.Invalid, "say what is to go: its URL, domain, address or mailbox")
		}
		if err := p.into(r); err != nil {
			return err
		}
		if r.Ref, err = newRef(tx); err != nil {
			return err
		}
		if err := insert(tx, in, r); err != nil {
			return err
		}
		if err := s.mark(tx, r); err != nil {
			return err
		}
		if err := s.tell(tx, actor, in, r, "opened", nil); err != nil {
			return err
		}
		if out, err = s.whole(tx, actor, in, r.ID); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpOpen, r.ID, nil, map[string]any{"incident": in.ID, "kind": r.Kind, "asset": r.Asset.Kind})
	})
	return out, err
}

// likely is what an asset is used for in an incident of a class.
func likely(c rsit.Class) Abuse {
	switch c {
	case rsit.Fraud:
		return Phishing
	case rsit.MaliciousCode:
		return Malware
	case rsit.Intrusions:
		return Compromise
	case rsit.AbusiveContent:
		return Spam
	}
	return Misuse
}

// Edit changes a countermeasure; what it is about only while it is a draft. version is that of what was read; 0 changes whatever stands. Errors: NotFound,
// Invalid; Conflict if it was changed meanwhile, or the asset of what was asked for is changed.
func (s *Service) Edit(ctx context.Context, actor identity.Actor, name string, version int64, p Plan) (out Countermeasure, err error) {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return out, err
	}
	err = s.work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside, r *record) error {
		if version != 0 && version != r.Version {
			return problem.New(problem.Conflict, "countermeasure %s was changed by somebody else meanwhile: look at it again", r.Ref)
		}
		if r.State != Draft && (p.Kind != nil && *p.Kind != r.Kind || p.Asset != nil && (p.Asset.Kind != r.Asset.Kind || line(p.Asset.Value) != r.Asset.Value)) {
			return problem.New(problem.Conflict, "countermeasure %s was asked for: what it is about stays. Withdraw it and open another", r.Ref)
		}
		if p.Checklist != nil {
			p.Checklist.By, p.Checklist.At = actor.ID, in.Now
			if err := known(tx, in, p.Checklist.Evidence); err != nil {
				return err
			}
		}
		before := r.Checklist.ready()
		if err := p.into(r); err != nil {
			return err
		}
		if before != nil && r.Checklist.ready() == nil && r.State.Waits() {
			r.Stuck = false // what was held is due again
		}
		return actor.Audit(tx, in.Now, OpEdit, r.ID, nil, map[string]any{
			"checklist": p.Checklist != nil, "origin": r.Checklist.Origin, "police": r.Checklist.Police, "evidence": r.Checklist.Evidence, "quarantined": r.Quarantined,
		})
	})
	if err != nil {
		return out, err
	}
	return s.Countermeasure(ctx, actor, name)
}

// known refuses an item of evidence that the incident does not have.
func known(tx *sqldb.Tx, in *incident.Inside, item string) error {
	if item == "" {
		return nil
	}
	cond, args := in.Rows("parent", 2)
	reports, more := in.Rows("incident", 2+len(args))
	args = append(append([]any{item}, args...), more...)
	n := 0
	err := tx.QueryRow(`SELECT count(*) FROM evidence_item WHERE id = $1 AND (`+cond+` OR parent IN (SELECT report FROM incident_link WHERE `+reports+`))`, args...).Scan(&n)
	if err == nil && n == 0 {
		return problem.New(problem.Invalid, "incident %s has no item of evidence %q: take its id from the list of files", in.Ref, clip(line(item), 100))
	}
	return err
}

// into puts what was written into a record.
func (p *Plan) into(r *record) error {
	if p.Kind != nil {
		r.Kind = *p.Kind
	}
	if p.Abuse != nil {
		r.Abuse = *p.Abuse
	}
	if p.Words != nil {
		r.Words = strings.TrimSpace(strings.ToValidUTF8(*p.Words, "\uFFFD"))
	}
	r.Quarantined = r.Quarantined || p.Quarantined
	switch {
	case r.Kind != Takedown && r.Kind != Block:
		return problem.New(problem.Invalid, "%q is no kind of countermeasure: takedown or block", string(r.Kind))
	case !slices.Contains(Abuses(), r.Abuse):
		return problem.New(problem.Invalid, "%q is no kind of abuse: %v", string(r.Abuse), Abuses())
	case len(r.Words) > maxWords:
		return problem.New(problem.Invalid, "the words have %d KiB, and may have %d", len(r.Words)>>10, maxWords>>10)
	}
	return p.rest(r)
}

func (p *Plan) rest(r *record) error {
	if p.Asset != nil {
		a, err := p.Asset.check()
		if err != nil {
			return err
		}
		r.Asset = a
	}
	if p.Checklist != nil {
		if err := p.Checklist.check(); err != nil {
			return err
		}
		r.Checklist = *p.Checklist
	}
	if p.Ladder == nil {
		return nil
	}
	if len(*p.Ladder) > maxLadder {
		return problem.New(problem.Invalid, "at most %d parties are chosen in advance", maxLadder)
	}
	r.Ladder = slices.Clone(*p.Ladder)
	for i := range r.Ladder {
		if err := r.Ladder[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// check cleans an asset, and refuses what is none of its kind.
func (a Asset) check() (Asset, error) {
	if a.Kind != Other {
		a.Value = constituency.Refang(a.Value)
	}
	a.Value, a.Seen, a.Hash = line(a.Value), line(constituency.Refang(a.Seen)), strings.ToLower(line(a.Hash))
	a.Marker = strings.TrimSpace(strings.ToValidUTF8(a.Marker, "\uFFFD"))
	switch {
	case a.Value == "" || len(a.Value) > maxValue:
		return a, problem.New(problem.Invalid, "say what is to go, in at most %d bytes", maxValue)
	case len(a.Marker) > maxLine:
		return a, problem.New(problem.Invalid, "the marker has %d bytes, and may have %d", len(a.Marker), maxLine)
	case a.Hash != "" && (len(a.Hash) != 64 || strings.Trim(a.Hash, "0123456789abcdef") != ""):
		return a, problem.New(problem.Invalid, "a SHA-256 has 64 hexadecimal digits")
	}
	if a.Seen != "" {
		addr, err := netip.ParseAddr(a.Seen)
		if err != nil {
			return a, problem.New(problem.Invalid, "%q is no IP address", clip(a.Seen, 100))
		}
		a.Seen = addr.Unmap().WithZone("").String()
	}
	return a.value()
}

// value checks an asset's value by its kind.
func (a Asset) value() (Asset, error) {
	no := func(what string) (Asset, error) {
		return a, problem.New(problem.Invalid, "%q is no %s", clip(a.Value, 200), what)
	}
	switch a.Kind {
	case URL:
		u, err := url.Parse(a.Value)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
			return no("URL, such as https://example.org/login")
		}
	case Domain:
		q, err := constituency.ParseQuestion(a.Value)
		if err != nil || q.Subject != constituency.AboutDomain {
			return no("domain")
		}
		a.Value = q.Domain
	case Address:
		addr, err := netip.ParseAddr(a.Value)
		if err != nil {
			return no("IP address")
		}
		a.Value = addr.Unmap().WithZone("").String()
	case Mailbox:
		m, err := mail.ParseAddress(a.Value)
		if err != nil {
			return no("mail address")
		}
		a.Value = m.Address
	case Other:
	default:
		return a, problem.New(problem.Invalid, "%q is no kind of asset: %v", string(a.Kind), AssetKinds())
	}
	return a, nil
}

// check cleans a party, and refuses one that cannot be asked.
func (p *Party) check() error {
	p.Name, p.Email, p.Contact, p.Provider = line(p.Name), line(p.Email), line(p.Contact), line(p.Provider)
	if p.Role == "" {
		p.Role = SomeParty
	}
	switch {
	case !slices.Contains(Roles(), p.Role):
		return problem.New(problem.Invalid, "%q is no role: %v", string(p.Role), Roles())
	case p.Email == "" && p.Contact == "" && p.Provider == "":
		return problem.New(problem.Invalid, "say how the party is asked: a mail address, a contact of the register, or a provider with an abuse API")
	case len(p.Name) > 300 || len(p.Email) > 320 || len(p.Contact) > 100 || len(p.Provider) > 100:
		return problem.New(problem.Invalid, "the name or the address of the party is too long")
	}
	if p.Name == "" {
		p.Name = p.Provider + p.Email
	}
	if p.Email != "" {
		if m, err := mail.ParseAddress(p.Email); err != nil || m.Address != p.Email {
			return problem.New(problem.Invalid, "%q is no mail address", clip(p.Email, 100))
		}
	}
	return nil
}

package incident

import (
	"context"
	"crypto/ed25519"
	"io"
	"time"

	"filippo.io/age"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// OpEvidenceExport is giving an item out with its chain.
const OpEvidenceExport identity.Operation = "incident.export"

// Proof is what makes evidence hold outside: a signature, and what the audit record says of an item's chain.
type Proof struct {
	Sign func(message []byte) (signature []byte, public ed25519.PublicKey, err error)
	// Heads gives the hashes that the record names for an item of a report or incident, by step.
	Heads func(ctx context.Context, parent, item string) (map[int64]string, error)
}

// Prove says how evidence is proven. It is called before the room is used.
func (s *Service) Prove(p Proof) { s.proof = p }

// Shown is an item with its chain, and whether that holds.
type Shown struct {
	evidence.Item
	Ref     string             `json:"ref"` // of its report or incident
	TLP     tlp.Label          `json:"tlp"`
	Chain   []evidence.Custody `json:"custody"`
	Verdict evidence.Verdict   `json:"verdict"`
	Same    []Ref              `json:"same,omitempty"` // reports and incidents, of those that the reader sees, where the same content lies too
	Sealed  bool               `json:"sealed"`         // it leaves only encrypted to a key
}

// Exhibit gives one item with its chain. Errors: NotFound.
func (s *Service) Exhibit(ctx context.Context, actor identity.Actor, name string) (out Shown, err error) {
	if err := actor.Authorise(OpEvidenceRead, name); err != nil {
		return out, err
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
		out.Item, out.Ref = item, p.ref()
		out.TLP, _ = p.secrecy()
		out.Sealed = p.mustSeal()
		if out.Same, err = s.same(tx, actor, &item, p.id); err != nil {
			return err
		}
		out.Chain, err = evidence.Chain(tx, item.ID)
		return err
	})
	if err == nil && restricted != "" {
		err = s.recordReading(ctx, actor, OpEvidenceRead, []string{restricted})
	}
	if err != nil {
		return Shown{}, err
	}
	out.Verdict, err = s.holds(ctx, &out.Item, out.Chain)
	return out, err
}

func (p place) ref() string {
	if p.report != nil {
		return p.report.Ref
	}
	return p.incident.Ref
}

// mustSeal tells whether what leaves of a place has to be encrypted to whom it is for.
func (p place) mustSeal() bool {
	label, sealed := p.secrecy()
	return sealed || p.hidden() || label == tlp.Red
}

func (s *Service) holds(ctx context.Context, i *evidence.Item, chain []evidence.Custody) (evidence.Verdict, error) {
	var heads map[int64]string
	if s.proof.Heads != nil {
		var err error
		if heads, err = s.proof.Heads(ctx, i.Parent, i.ID); err != nil {
			return evidence.Verdict{}, err
		}
	}
	return s.vault.Verify(i, chain, heads), nil
}

// same lists where else the same content lies, within the actor's sight.
func (s *Service) same(tx *sqldb.Tx, actor identity.Actor, i *evidence.Item, parent string) (list []Ref, err error) {
	parents, err := s.vault.Parents(tx, i)
	if err != nil {
		return nil, err
	}
	return s.seenOf(tx, actor, parents, parent)
}

// seenOf gives the reports and incidents of a list that the actor sees, save one.
func (s *Service) seenOf(tx *sqldb.Tx, actor identity.Actor, parents []string, save string) (list []Ref, err error) {
	v, err := s.SightOf(tx, actor)
	for _, id := range parents {
		if err != nil {
			return nil, err
		}
		p, perr := s.place(tx, v, id)
		switch {
		case perr == nil && p.id != save:
			list = append(list, Ref{ID: p.id, Ref: p.ref()})
		case perr != nil && !problem.Is(perr, problem.NotFound):
			err = perr
		}
	}
	return list, err
}

// EvidenceOf lists the items of an incident, and of what was merged into it and is linked to it, as far as the actor sees those. Errors: NotFound.
func (s *Service) EvidenceOf(ctx context.Context, actor identity.Actor, name string) (in *Inside, list []evidence.Item, err error) {
	err = s.Look(ctx, actor, OpEvidenceRead, name, func(tx *sqldb.Tx, i *Inside) error {
		in = i
		list, err = s.evidenceIn(tx, actor, i)
		return err
	})
	return in, list, err
}

// MarkEvidence says that an item is malicious, or that it is not. Errors: NotFound, Invalid without a reason, Conflict for what is in quarantine or erased.
func (s *Service) MarkEvidence(ctx context.Context, actor identity.Actor, name string, malicious bool, why string) error {
	if err := actor.Authorise(OpEvidenceAdd, name); err != nil {
		return err
	}
	why, err := reason(why)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		item, p, err := s.item(tx, actor, name)
		if err != nil {
			return err
		}
		if err := s.vault.Mark(tx, p.at(s.now()), &item, actor.ID, malicious, why); err != nil {
			return err
		}
		return actor.AuditReason(tx, p.at(s.now()), OpEvidenceAdd, p.id, why, nil, custodyOf(&item))
	})
}

// sound reads an item to its end before any of it is given out. If what lies on the disk is not what came, that is on record, and nobody gets it.
func (s *Service) sound(ctx context.Context, actor identity.Actor, op identity.Operation, name string) (crc uint32, err error) {
	var item evidence.Item
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		item, _, err = s.item(tx, actor, name)
		return err
	})
	if err != nil || item.Quarantined || item.Erased {
		return 0, err // what is shut away is refused where it is read
	}
	crc, fault := s.vault.Check(&item)
	if !problem.Is(fault, problem.Conflict) {
		return crc, fault
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		item, p, err := s.item(tx, actor, name)
		if err != nil {
			return err
		}
		now := p.at(s.now())
		if err := s.vault.Damage(tx, &item, evidence.Custody{At: now, By: actor.ID, Reason: fault.Error()}); err != nil {
			return err
		}
		return actor.AuditReason(tx, now, op, p.id, fault.Error(), nil, custodyOf(&item))
	})
	if err != nil {
		return 0, err
	}
	return 0, problem.Wrap(problem.Conflict, fault, "the file is given to nobody, and that is on record: restore it from a backup")
}

// Handing is how an item is given out with its chain.
type Handing struct {
	To        string // who gets it
	Reason    string
	Recipient string // a public key of age; "": it is not encrypted
	// For is what they are who get it, where they stand in no register, and Organisation their id, where they do: see Taker. The team itself gets everything.
	For          release.Audience
	Organisation string
}

// mostLooked is how much of a file is looked through for names, in bytes; what is larger is said not to be.
const mostLooked = 1 << 20

// ExportEvidence gives an item out with its chain: an archive that others verify by themselves. To whom and why is in the chain before a byte leaves. write writes
// it, once it may. Release decides whether they may have it, and its names, its chain, and the file if it is a small text are looked through for whom they may
// not know of; what cannot be looked into leaves, and that nobody looked is on record. Errors: NotFound; Invalid without a recipient or a reason; Conflict for
// what is in quarantine, erased, not what came, or has to be encrypted, for what release does not let go, and for what names somebody.
func (s *Service) ExportEvidence(ctx context.Context, actor identity.Actor, name string, h Handing) (filename string, write func(io.Writer) error, err error) {
	if err := actor.Authorise(OpEvidenceExport, name); err != nil {
		return "", nil, err
	}
	e, err := s.export(ctx, actor, name, h)
	if err != nil {
		return "", nil, err
	}
	return e.Filename(), func(w io.Writer) error { return s.vault.Write(w, e) }, nil
}

// checkHanding puts right what is said of handing something out, and reads the key of whom it is for, if there is one.
func (s *Service) checkHanding(h *Handing) (age.Recipient, error) {
	key, err := evidence.ParseRecipient(h.Recipient)
	if err != nil {
		return nil, err
	}
	if h.Reason, err = reason(h.Reason); err != nil {
		return nil, err
	}
	if h.To = line(h.To); h.To == "" && h.For == release.Self {
		h.To = s.o.TeamName
	}
	if h.To == "" || s.proof.Sign == nil {
		return nil, problem.New(problem.Invalid, "say to whom the file is given")
	}
	return key, nil
}

// export puts one item on its way: when it returns, that the item was given out is on record.
func (s *Service) export(ctx context.Context, actor identity.Actor, name string, h Handing) (*evidence.Export, error) {
	if err := actor.Authorise(OpEvidenceExport, name); err != nil {
		return nil, err
	}
	key, err := s.checkHanding(&h)
	if err != nil {
		return nil, err
	}
	crc, err := s.sound(ctx, actor, OpEvidenceExport, name)
	if err != nil {
		return nil, err
	}
	e := evidence.Export{CRC: crc, Team: s.o.TeamName, To: h.To, Reason: h.Reason, Recipient: key, Sign: s.proof.Sign}
	look, err := s.lookable(ctx, actor, name)
	if err != nil {
		return nil, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.handOut(tx, actor, name, h, look, &e) })
	if err != nil {
		return nil, err
	}
	return &e, nil
}

// handOut checks that an item may leave, and puts on record that it does.
func (s *Service) handOut(tx *sqldb.Tx, actor identity.Actor, name string, h Handing, look []byte, e *evidence.Export) error {
	item, p, err := s.item(tx, actor, name)
	if err != nil {
		return err
	}
	label, _ := p.secrecy()
	if p.mustSeal() && e.Recipient == nil {
		return problem.New(problem.Conflict, "%s is %s, or restricted: its evidence leaves only encrypted to the key of whoever gets it (age1...)", p.ref(), label)
	}
	now := p.at(s.now()).UTC().Truncate(time.Millisecond)
	decision, unread, err := s.givenOut(tx, actor, p, now, &item, h, look)
	if err != nil {
		return err
	}
	if err := s.vault.HandOut(tx, &item, evidence.Custody{At: now, By: actor.ID, Reason: e.Reason, To: e.To}); err != nil {
		return err
	}
	if e.Chain, err = evidence.Chain(tx, item.ID); err != nil {
		return err
	}
	e.Item, e.At, e.Ref, e.Label = item, now, p.ref(), label.String()
	if err := s.toldIn(tx, actor, p, Entry{Code: exportedAs(unread), Args: map[string]string{"name": item.Name, "to": e.To}}); err != nil {
		return err
	}
	after := custodyOf(&item)
	after["encrypted"], after["decision"], after["unread"] = e.Recipient != nil, decision, unread
	return actor.AuditReason(tx, now, OpEvidenceExport, p.id, e.Reason, nil, after)
}

package release

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Sent is a message that stands on a decision, as the room of deliveries knows it.
type Sent struct {
	Decision, Delivery string
	Contact            constituency.Contact // as it was written to
	Name               string               // of the organisation
	Channel, Subject   string
	MessageID, Ticket  string
	Created, Delivered time.Time
	Reached            bool // it reached them, or may have
	Unsent             bool // it can still be taken back
	Language           string
}

// Letter is what this room writes itself: that a copy is recalled or was wrong, that a label has stepped down, whether a source relaxes its label.
type Letter struct {
	To              constituency.Contact
	Name            string // of the organisation
	Language        string
	Subject, Text   string
	Ticket, Replies string // the Message-ID that it stands behind
}

// Copy is what one recipient has of an item, or had.
type Copy struct {
	Decision, Delivery string
	Organisation       string // id
	Contact, Address   string
	Name               string
	To                 Audience
	Label              tlp.Label // under which it went
	Profile            string    // of redaction; "" for a full copy
	Via                string    // the channel, or how it was fetched
	Sent, Delivered    time.Time
	Opened             time.Time // read in the portal, by the API or TAXII; a mail tells nothing
	Acknowledged       time.Time
	Told               time.Time // that the label has stepped down
	Recalled           time.Time
	Corrected          time.Time
	Reached            bool // they have it, or may have
	Unsent             bool
	sent               Sent
	more               []Sent    // other messages of the same holder; of a letter only
	told               []receipt // that its label, or what may be done with it, has changed
	under              Handling  // what its sources let be done with it when it went
}

// The kinds of receipts.
const (
	receiptRead         = "read"
	receiptAcknowledged = "acknowledged"
	receiptRecalled     = "recalled"
	receiptCorrected    = "corrected"
	receiptTold         = "told"
	receiptAsked        = "asked"
)

// Holders says who got what of an item, the oldest first: a row a message, and one for each decision under which it was fetched.
func (s *Service) Holders(ctx context.Context, actor identity.Actor, kind, itemID string) (list []Copy, err error) {
	if err := actor.Authorise(OpHolders, itemID); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = s.holders(tx, actor, kind, itemID)
		return err
	})
	return list, err
}

func (s *Service) holders(tx *sqldb.Tx, actor identity.Actor, kind, itemID string) (list []Copy, err error) {
	if s.o.Behind != nil {
		if behind, err := s.o.Behind(tx, kind, itemID); err != nil || behind != nil {
			return s.holdersBehind(tx, actor, behind, err)
		}
	}
	by, ids := map[string]Decision{}, []string{}
	for f := (Filter{Kind: kind, ID: itemID, Limit: holdersPage}); ; { // of what many have there are more than one page
		decisions, err := s.list(tx, actor, f)
		if err != nil {
			return nil, err
		}
		for _, d := range decisions {
			if d.Allowed {
				by[d.ID], ids = d, append(ids, d.ID)
			}
		}
		if len(decisions) < holdersPage {
			break
		}
		f.Before = decisions[len(decisions)-1].ID
	}
	var sent []Sent
	if s.o.Deliveries != nil && len(ids) > 0 {
		if sent, err = s.o.Deliveries(tx, ids); err != nil {
			return nil, err
		}
	}
	receipts, err := receiptsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	return copies(by, sent, receipts), nil
}

// holdersPage is how many decisions are read at once for who holds something.
const holdersPage = 2000

// holdersBehind says who got messages; each stands on one decision or several, and counts once.
func (s *Service) holdersBehind(tx *sqldb.Tx, actor identity.Actor, sent []Sent, err error) ([]Copy, error) {
	if err != nil {
		return nil, err
	}
	by, ids := map[string]Decision{}, make([]string, len(sent))
	for i, m := range sent {
		ids[i] = m.Decision
	}
	seen, args, err := s.seen(tx, actor, nil)
	if err != nil {
		return nil, err
	}
	err = eachIn(tx, "SELECT "+decisionColumns+" FROM release_decision d WHERE "+seen+" AND d.id IN", distinct(slices.Clone(ids)), func(scan func(...any) error) error {
		d, _, err := scanDecision(scan)
		by[d.ID] = d
		return err
	}, args...)
	if err != nil {
		return nil, err
	}
	sent = slices.DeleteFunc(slices.Clone(sent), func(m Sent) bool { return by[m.Decision].ID == "" })
	slices.SortStableFunc(sent, func(a, b Sent) int { // of those of one message, or of one who fetched it, the strictest counts
		if n := cmp.Or(strings.Compare(a.Delivery, b.Delivery), strings.Compare(a.fetcher(), b.fetcher())); n != 0 {
			return n
		}
		return int(by[b.Decision].Effective) - int(by[a.Decision].Effective)
	})
	sent = slices.CompactFunc(sent, func(a, b Sent) bool { return a.Delivery == b.Delivery && a.fetcher() == b.fetcher() })
	receipts, err := receiptsOf(tx, ids)
	return copies(by, sent, receipts), err
}

// fetcher is who fetched it; "" for a message.
func (m *Sent) fetcher() string {
	if m.Delivery != "" {
		return ""
	}
	return m.Contact.Organisation
}

// copies puts together what went, and what became of it.
func copies(by map[string]Decision, sent []Sent, receipts []receipt) (list []Copy) {
	of, fetched := map[string][]receipt{}, map[string]bool{}
	for _, r := range receipts {
		of[r.Decision] = append(of[r.Decision], r)
	}
	for _, m := range sent {
		c := copyOf(by[m.Decision])
		c.Delivery, c.Contact, c.Address, c.Name, c.Via = m.Delivery, m.Contact.ID, m.Contact.Address, m.Name, m.Channel
		c.Sent, c.Delivered, c.Reached, c.Unsent, c.sent = m.Created, m.Delivered, m.Reached, m.Unsent, m
		if m.Delivery == "" { // fetched where it was put for a group: the decision is about the group, and this is who of it came
			c.Organisation, c.Opened = m.Contact.Organisation, m.Created
			fetched[c.Decision] = true
		}
		c.receive(of[c.Decision])
		list = append(list, c)
	}
	for _, r := range receipts {
		if r.Kind == receiptRead && r.Address == "" && !fetched[r.Decision] {
			c := copyOf(by[r.Decision])
			c.Via, c.Reached, c.Sent = r.Via, true, r.At
			c.receive(of[c.Decision])
			fetched[r.Decision] = true
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b Copy) int {
		if n := a.Sent.Compare(b.Sent); n != 0 {
			return n
		}
		return strings.Compare(a.Delivery, b.Delivery)
	})
	return list
}

func copyOf(d Decision) Copy {
	return Copy{Decision: d.ID, Organisation: d.Organisation, Contact: d.Contact, To: d.To, Label: d.Effective, Profile: d.Profile, under: d.Handling()}
}

// receive notes what became of a copy, of the receipts of its decision: the first of each kind.
func (c *Copy) receive(receipts []receipt) {
	times := map[string]*time.Time{
		receiptRead: &c.Opened, receiptAcknowledged: &c.Acknowledged, receiptRecalled: &c.Recalled, receiptCorrected: &c.Corrected, receiptTold: &c.Told,
	}
	for _, r := range receipts {
		at := times[r.Kind]
		if r.Kind == receiptTold && r.Address == c.Address {
			c.told = append(c.told, r)
		}
		if at == nil || r.Address != c.Address {
			continue
		}
		if at.IsZero() || r.Kind == receiptTold {
			*at = r.At
		}
	}
}

// receipt is a row of release_receipt.
type receipt struct {
	Decision, Kind, Address, Via, Delivery, Actor string
	Label                                         string    // that they were told of; of told only
	Under                                         *Handling // likewise; nil: nothing was said of it
	At                                            time.Time
}

// bounds are Under as it is kept.
func (r receipt) bounds() (pap int64, policy string) {
	if r.Under == nil {
		return papUnsaid, ""
	}
	return int64(r.Under.PAP), r.Under.IEP.String()
}

func receiptsOf(tx *sqldb.Tx, decisions []string) (list []receipt, err error) {
	err = eachIn(tx, "SELECT decision, kind, address, via, delivery, at, actor, label, pap, iep FROM release_receipt WHERE decision IN", decisions, func(scan func(...any) error) error {
		var r receipt
		var at, pap int64
		var policy string
		err := scan(&r.Decision, &r.Kind, &r.Address, &r.Via, &r.Delivery, &at, &r.Actor, &r.Label, &pap, &policy)
		if r.At = sqldb.Time(at); pap != papUnsaid {
			r.Under = &Handling{tlp.PAP(min(uint64(pap), uint64(tlp.PAPRed))), iep.Kept(policy)} //nolint:gosec // what is no label is the strictest
		}
		list = append(list, r)
		return err
	})
	slices.SortStableFunc(list, func(a, b receipt) int { return a.At.Compare(b.At) })
	return list, err
}

func (r receipt) keep(tx *sqldb.Tx) error {
	pap, policy := r.bounds()
	_, err := tx.Exec(`INSERT INTO release_receipt (id, decision, kind, address, via, delivery, at, actor, label, pap, iep) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		id.NewAt(r.At), r.Decision, r.Kind, r.Address, r.Via, r.Delivery, r.At, r.Actor, r.Label, pap, policy)
	return err
}

// Opened notes that what stands on a decision was read where it was fetched: in the portal, by the API, by TAXII; the first time counts. It is a step of who lets it be read,
// which authorises and audits.
func (s *Service) Opened(tx *sqldb.Tx, actor identity.Actor, decision, via string) error {
	return s.Fetched(tx, actor, decision, via, s.o.Clock.Now(), false)
}

// Newest finds the newest decision that let something of an item go to an audience; "" for none. It is a step of somebody's operation.
func Newest(tx *sqldb.Tx, kind, id string, to Audience) (decision string, err error) {
	err = tx.QueryRow(`SELECT id FROM release_decision WHERE item_kind = $1 AND item_id = $2 AND relation = $3 AND outcome IN ('allowed', 'allowed redacted')
		ORDER BY id DESC LIMIT 1`, kind, id, string(to)).Scan(&decision)
	if sqldb.NoRows(err) {
		err = nil
	}
	return decision, err
}

// Unread is Newest, if nobody fetched what stands on it yet.
func Unread(tx *sqldb.Tx, kind, id string, to Audience) (string, error) {
	decision, err := Newest(tx, kind, id, to)
	if err != nil || decision == "" {
		return "", err
	}
	var had int
	err = tx.QueryRow(`SELECT count(*) FROM release_receipt WHERE decision = $1 AND kind = 'read' AND address = ''`, decision).Scan(&had)
	if had > 0 {
		decision = ""
	}
	return decision, err
}

// Fetched notes that what stands on a decision was read where it was fetched, at a time that may be coarser than now, and that an answer came if it did: each
// the first time. It is a step of who lets it be read, which authorises and audits.
func (s *Service) Fetched(tx *sqldb.Tx, actor identity.Actor, decision, via string, at time.Time, answered bool) error {
	err := s.first(tx, receipt{Decision: decision, Kind: receiptRead, Via: via, Actor: actor.ID, At: at})
	if err == nil && answered {
		err = s.first(tx, receipt{Decision: decision, Kind: receiptAcknowledged, Via: via, Actor: actor.ID, At: at})
	}
	return err
}

// Acknowledge notes that somebody who got something said that they did; via is how: mail, phone, portal. address is of the copy, "" for one that was
// fetched. Errors: NotFound; Invalid for no way.
func (s *Service) Acknowledge(ctx context.Context, actor identity.Actor, decision, address, via string) error {
	if err := actor.Authorise(OpReceive, decision); err != nil {
		return err
	}
	if err := knownWay(via); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, _, err := s.one(tx, actor, decision); err != nil {
			return err
		}
		if err := s.went(tx, decision, address); err != nil {
			return err
		}
		now := s.o.Clock.Now()
		err := receipt{Decision: decision, Kind: receiptAcknowledged, Address: address, Via: via, Actor: actor.ID, At: now}.keep(tx)
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpReceive, decision, nil, map[string]any{"acknowledged": via})
	})
}

// went refuses an address to which nothing went under a decision; "" is of what was fetched.
func (s *Service) went(tx *sqldb.Tx, decision, address string) error {
	if address == "" || s.o.Deliveries == nil {
		return nil
	}
	sent, err := s.o.Deliveries(tx, []string{decision})
	if err != nil || slices.ContainsFunc(sent, func(m Sent) bool { return m.Contact.Address == address }) {
		return err
	}
	return problem.New(problem.Invalid, "nothing went to %.100q under this decision: firehall release holders shows who has it", address)
}

// Answered notes that somebody wrote back to a message: what it brought has come. The first answer counts, by each decision that the message stands on. It
// is a step of who takes the answer, which authorises and audits.
func (s *Service) Answered(tx *sqldb.Tx, actor identity.Actor, delivery, via string) error {
	if s.o.StoodOn == nil || delivery == "" {
		return nil
	}
	decisions, address, err := s.o.StoodOn(tx, delivery)
	for _, d := range decisions {
		if err != nil {
			return err
		}
		err = s.first(tx, receipt{Decision: d, Kind: receiptAcknowledged, Address: address, Via: via, Actor: actor.ID, At: s.o.Clock.Now()})
	}
	return err
}

// first keeps a receipt if it is the first of its kind for the copy.
func (s *Service) first(tx *sqldb.Tx, r receipt) error {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM release_receipt WHERE decision = $1 AND kind = $2 AND address = $3`, r.Decision, r.Kind, r.Address).Scan(&n)
	if err != nil || n > 0 {
		return err
	}
	return r.keep(tx)
}

// Ways are how somebody acknowledges.
func Ways() []string { return []string{"mail", "phone", "portal", "api", "taxii"} }

func knownWay(via string) error {
	if slices.Contains(Ways(), via) {
		return nil
	}
	return problem.New(problem.Invalid, "say by which way they acknowledged it: %s", strings.Join(Ways(), ", "))
}

package release

import (
	"cmp"
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpMark is to record whom a reporter lets be told, and what keeps an item in.
const OpMark identity.Operation = "release.mark"

// Wish is what a person recorded about an item after it came: whom its reporter lets be told, and what keeps it in. At a report it stands in place of what
// the reporter said when it came; at anything else its marks are added to those that come from its reports, and its consent says nothing.
type Wish struct {
	Kind, ID string // of the item
	Consent  Consent
	Marks    Marks    // Privileged and Exempt; who may see an item is settled elsewhere
	PAP      *tlp.PAP // nil: nothing was said of it; to Record: what was recorded stays
	IEP      *IEP     // likewise; the zero IEP says that there is none
	Word     string   // who said so, how and when; one plain line
	By       string   // the actor's id
	At       time.Time
	Version  int64 // 0 while nobody recorded anything
}

// over is the item as the wish has it.
func (w Wish) over(i Item) Item {
	switch {
	case w.Version == 0:
	case i.Source == ByReporter && i.Kind == reportKind:
		i.Consent, i.Marks = w.Consent, i.Marks&Restricted|w.Marks
		if w.PAP != nil {
			i.PAP = *w.PAP
		}
		if w.IEP != nil {
			i.Terms.IEP = w.policy()
		}
	default:
		i.Marks |= w.Marks
		if w.PAP != nil {
			i.PAP = max(i.PAP, *w.PAP)
		}
		i.Terms.IEP = iep.Stricter(i.Terms.IEP, w.policy())
	}
	return i
}

// policy is the IEP that was said; nil for none.
func (w Wish) policy() *IEP {
	if w.IEP == nil || *w.IEP == (IEP{}) {
		return nil
	}
	return w.IEP
}

// reportKind is the kind of the items that a reporter told us.
const reportKind = "report"

// wishable are the marks and consents that there are.
const (
	allMarks    = Privileged | Exempt
	allConsents = WithPolice | WithPeers | WithVendor | WithProvider
)

// Record records a wish, in place of what stood before; Version is that of the one that was looked at. What is about the item is decided anew from then on.
// Errors: Forbidden, also for a program; Invalid without a word; Conflict if it was changed meanwhile.
func (s *Service) Record(ctx context.Context, actor identity.Actor, item Item, w Wish) (out Wish, err error) {
	if err := actor.Authorise(OpMark, item.ID); err != nil {
		return out, err
	}
	if actor.Kind == identity.SystemKind {
		return out, problem.New(problem.Forbidden, "what a reporter wants a person records, and %s is none", actor)
	}
	about := item.about()
	out = Wish{Kind: about.kind, ID: about.id, Consent: w.Consent, Marks: w.Marks, PAP: w.PAP, IEP: w.IEP, By: actor.ID, At: s.o.Clock.Now(), Version: w.Version + 1}
	if out.Word, err = cleanReason(w.Word); err != nil {
		return out, problem.New(problem.Invalid, "say who wants it so, how and when they said it")
	}
	if err := out.check(item); err != nil {
		return out, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := WishOf(tx, about.kind, about.id)
		if err != nil {
			return err
		}
		out.PAP, out.IEP = cmp.Or(out.PAP, before.PAP), cmp.Or(out.IEP, before.IEP)
		if before.Version != w.Version {
			return problem.New(problem.Conflict, "what was recorded was changed by somebody else meanwhile: look at it again")
		}
		if err := out.keep(tx); err != nil {
			return err
		}
		if err := s.raisedBy(tx, item, before, out); err != nil {
			return err
		}
		if s.o.Recorded != nil {
			if err := s.o.Recorded(tx, actor, out); err != nil {
				return err
			}
		}
		return actor.AuditReason(tx, out.At, OpMark, out.ID, out.Word, before.audited(), out.audited())
	})
	return out, err
}

// raisedBy notes that what somebody recorded raises the label of an item, by a policy, or lets less be done with it.
func (s *Service) raisedBy(tx *sqldb.Tx, item Item, before, after Wish) error {
	was, is := before.over(item).under(after.At), after.over(item).under(after.At)
	if err := Raise(tx, after.At, after.Kind, after.ID, was.Terms.Label, is.Terms.Label); err != nil {
		return err
	}
	if !(Handling{is.PAP, is.Terms.IEP}).beyond(Handling{was.PAP, was.Terms.IEP}) {
		return nil
	}
	return Restrict(tx, after.At, after.Kind, after.ID)
}

// check refuses what says nothing of the item. Consent is a reporter's: of anything else it would be recorded and never asked.
func (w Wish) check(item Item) error {
	switch {
	case w.Consent&^allConsents != 0 || w.Marks&^allMarks != 0 || w.PAP != nil && *w.PAP > tlp.PAPRed:
		return problem.New(problem.Invalid, "there is no such consent, no such mark, or no such PAP label")
	case !item.lasting():
		return problem.New(problem.Invalid, "a %s has no label of its own: record it at what it is about", item.Kind)
	case w.Consent != 0 && item.about().kind == FeedItem:
		return problem.New(problem.Invalid, "nobody reported it, so nobody's consent is asked: who may have what a feed brings stands in receivers of the feed in the configuration")
	}
	return nil
}

func (w Wish) audited() any {
	if w.Version == 0 {
		return nil
	}
	out := map[string]any{"kind": w.Kind, "consent": w.Consent.Names(), "marks": w.Marks.Names()}
	if w.PAP != nil {
		out["pap"] = w.PAP.String()
	}
	if w.IEP != nil {
		out["iep"] = w.IEP.Statements()
	}
	return out
}

func (w Wish) keep(tx *sqldb.Tx) error {
	_, err := tx.Exec(`INSERT INTO release_wish (item, item_kind, item_id, consent, marks, word, said_by, said_at, version, pap, iep)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (item) DO UPDATE SET consent = excluded.consent, marks = excluded.marks, pap = excluded.pap, iep = excluded.iep, word = excluded.word, said_by = excluded.said_by,
			said_at = excluded.said_at, version = excluded.version`,
		thing{w.Kind, w.ID}.key(), w.Kind, w.ID, int64(w.Consent), int64(w.Marks), w.Word, w.By, w.At, w.Version, w.papNumber(), w.IEP.String())
	return err
}

// papUnsaid is kept where nothing was said of PAP.
const papUnsaid = -1

func (w Wish) papNumber() int64 {
	if w.PAP == nil {
		return papUnsaid
	}
	return int64(*w.PAP)
}

// said takes PAP and IEP as they are kept.
func (w *Wish) said(pap int64, policy string) {
	if pap != papUnsaid {
		p := tlp.PAP(min(uint64(pap), uint64(tlp.PAPRed))) //nolint:gosec // what is no label is the strictest
		w.PAP = &p
	}
	if policy != "" {
		w.IEP = cmp.Or(iep.Kept(policy), &IEP{})
	}
}

const wishColumns = "item, item_kind, item_id, consent, marks, word, said_by, said_at, version, pap, iep"

func scanWish(scan func(...any) error) (key string, w Wish, err error) {
	var at, pap int64
	var policy string
	err = scan(&key, &w.Kind, &w.ID, &w.Consent, &w.Marks, &w.Word, &w.By, &at, &w.Version, &pap, &policy)
	w.said(pap, policy)
	w.At = sqldb.Time(at)
	return key, w, err
}

// wishes reads those about some items, by key.
func wishes(tx *sqldb.Tx, keys []string) (map[string]Wish, error) {
	found := map[string]Wish{}
	err := eachIn(tx, "SELECT "+wishColumns+" FROM release_wish WHERE item IN", keys, func(scan func(...any) error) error {
		key, w, err := scanWish(scan)
		found[key] = w
		return err
	})
	return found, err
}

// Wishes lists what was recorded about items of a kind, by their ids. It is a step of somebody's operation and does not authorise.
func Wishes(tx *sqldb.Tx, kind string) (list []Wish, err error) {
	err = tx.Each("SELECT "+wishColumns+" FROM release_wish WHERE item >= $1 AND item < $2 ORDER BY item", []any{kind + " ", kind + "!"}, func(scan func(...any) error) error {
		_, w, err := scanWish(scan)
		list = append(list, w)
		return err
	})
	return list, err
}

// Acts is the strictest that a wish says of what may be done with an item.
func (w Wish) Acts(now time.Time) (p tlp.PAP) {
	if w.PAP != nil {
		p = *w.PAP
	}
	return max(p, w.policy().At(now).PAP())
}

// WishOf gives what was recorded about an item, of Version 0 if nothing was. It is a step of somebody's operation and does not authorise.
func WishOf(tx *sqldb.Tx, kind, id string) (Wish, error) {
	key := thing{kind, id}.key()
	found, err := wishes(tx, []string{key})
	return found[key], err
}

// Wished gives an item with what was recorded about it. It is a step of somebody's operation; who decides about the item needs it not, for release does so.
func Wished(tx *sqldb.Tx, item Item) (Item, error) {
	about := item.about()
	w, err := WishOf(tx, about.kind, about.id)
	return w.over(item), err
}

// Wish gives what was recorded about an item, and the item with it.
func (s *Service) Wish(ctx context.Context, actor identity.Actor, item Item) (w Wish, as Item, err error) {
	if err := actor.Authorise(OpRead, item.ID); err != nil {
		return w, as, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		about := item.about()
		w, err = WishOf(tx, about.kind, about.id)
		return err
	})
	return w, w.over(item), err
}

// Consents lists the consents by name.
func Consents() []string { return []string{"police", "peers", "vendor", "provider"} }

// Names lists what is agreed to, as Consents has it.
func (c Consent) Names() []string { return named(uint8(c), Consents()) }

// ParseConsents reads names of consents. Errors: Invalid.
func ParseConsents(list []string) (Consent, error) {
	bits, err := bitsOf(list, Consents())
	return Consent(bits), err
}

// MarkNames lists the marks that can be recorded.
func MarkNames() []string { return []string{"privileged", "exempt"} }

// Names lists the marks that can be recorded, as MarkNames has them.
func (m Marks) Names() []string { return named(uint8(m), MarkNames()) }

// ParseMarks reads names of marks. Errors: Invalid.
func ParseMarks(list []string) (Marks, error) {
	bits, err := bitsOf(list, MarkNames())
	return Marks(bits), err
}

func named(bits uint8, names []string) []string {
	out := []string{}
	for i, name := range names {
		if bits&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

func bitsOf(list, names []string) (bits uint8, err error) {
	for _, one := range list {
		found := false
		for i, name := range names {
			if one == name {
				bits, found = bits|1<<i, true
			}
		}
		if !found {
			return 0, problem.New(problem.Invalid, "%.40q is none of %v", one, names)
		}
	}
	return bits, nil
}

package indicator

import (
	"context"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

// BlockKinds lists the kinds of which there are blocklists.
func BlockKinds() []Kind {
	return []Kind{"ip", "cidr", "domain", "url", "email", "asn", "md5", "sha1", "sha256", "sha512"}
}

// Blocked is a value to be blocked.
type Blocked struct {
	Value     string
	Expires   time.Time // when it is to come off, unless the list says otherwise before
	Label     tlp.Label
	Indicator string // id; of several with this value the one that lasts longest
}

// Blocklist is what a group may block.
type Blocklist struct {
	Collection sharing.Collection
	Kind       Kind
	Items      []Blocked // by value
	Label      tlp.Label // the strictest of them
	Expires    time.Time // when the first comes off; zero for an empty list
	Unfit      int       // values that were left out since blocking them would do harm: no plain value, or too wide
}

// Blocklist gives what is to be blocked of a collection, to who may read it now, and keeps a receipt: the values of the indicators that stand in it by a
// recorded decision and are fresh, that no warning list speaks against, and that PAP lets others act on. An indicator of which a newer version stands
// elsewhere, and not here, is left out. Errors: as sharing.Service.Read; Invalid for a kind of which there are no blocklists.
func (s *Service) Blocklist(ctx context.Context, actor identity.Actor, collection string, kind Kind) (b Blocklist, err error) {
	if err := actor.Authorise(sharing.OpRead, collection); err != nil {
		return b, err
	}
	if !has(BlockKinds(), kind) {
		return b, problem.New(problem.Invalid, "there is no blocklist of %q: the kinds are %s", short(kind, 50), join(BlockKinds()))
	}
	now := s.o.Clock.Now()
	err = s.o.Sharing.Lend(ctx, actor, collection, sharing.Blocklist, "indicator", func(tx *sqldb.Tx, c sharing.Collection) (sharing.Lent, error) {
		b = Blocklist{Collection: c, Kind: kind}
		return b.read(tx, now, s.o.Said)
	})
	return b, err
}

func (b *Blocklist) read(tx *sqldb.Tx, now time.Time, said func(tx *sqldb.Tx) (map[string]tlp.PAP, error)) (l sharing.Lent, err error) {
	lent := map[string]bool{}
	acts, err := said(tx)
	if err != nil {
		return l, err
	}
	err = tx.Each(`SELECT `+columns+`, v.value, m.added, o.pap, o.iep FROM sharing_member m JOIN sharing_indicator i ON i.id = m.object_id AND i.version = m.version
			JOIN sharing_indicator_value v ON v.indicator = i.id JOIN sharing_object o ON o.num = m.object
		WHERE m.collection = $1 AND m.type = 'indicator' AND m.latest = 1 AND m.decision <> '' AND v.kind = $2 ORDER BY v.value, i.id`, []any{b.Collection.ID, b.Kind},
		func(next func(...any) error) error {
			var value, policy string
			var added, pap int64
			i, err := scan(next, now, &value, &added, &pap, &policy)
			if err != nil {
				return err
			}
			most := max(tlp.PAP(min(uint64(pap), uint64(tlp.PAPRed))), iep.Kept(policy).At(now).PAP(), acts[i.ID]) //nolint:gosec // what is no label is the strictest
			if !i.Blockable() || !most.AllowsContact() || i.Label > min(b.Collection.Label, b.Collection.Most()) {
				return nil
			}
			if !plain(Value{b.Kind, value}) || tooWide(Value{b.Kind, value}) {
				b.Unfit++
				return nil
			}
			if !lent[i.ID] {
				lent[i.ID] = true
				l.Objects++
				l.First, l.Last = min(orElse(l.First, added), added), max(l.Last, added)
			}
			b.add(Blocked{value, i.Ends, i.Label, i.ID})
			return nil
		})
	return l, err
}

func orElse(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return a
}

// add adds a value; of several with the same value the one that lasts longest counts.
func (b *Blocklist) add(x Blocked) {
	if n := len(b.Items) - 1; n >= 0 && b.Items[n].Value == x.Value {
		x.Label = tlp.Strictest(x.Label, b.Items[n].Label)
		if !x.Expires.After(b.Items[n].Expires) {
			x.Expires, x.Indicator = b.Items[n].Expires, b.Items[n].Indicator
		}
		b.Items[n] = x
	} else {
		b.Items = append(b.Items, x)
	}
	b.Label = tlp.Strictest(b.Label, x.Label)
	if b.Expires.IsZero() || x.Expires.Before(b.Expires) {
		b.Expires = x.Expires
	}
}

var hostName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$`)

// hexLengths are the lengths of hashes.
var hexLengths = map[Kind]int{"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}

// plain tells whether a value is what its kind says, so that a line of a list holds it and nothing else. A peer may write anything into a pattern.
func plain(v Value) bool {
	if v.Value == "" || strings.ContainsFunc(v.Value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }) {
		return false
	}
	switch v.Kind {
	case "ip":
		_, err := netip.ParseAddr(v.Value)
		return err == nil
	case "cidr":
		_, err := netip.ParsePrefix(v.Value)
		return err == nil
	case "domain":
		return len(v.Value) <= 253 && hostName.MatchString(v.Value)
	case "url":
		u, err := url.Parse(v.Value)
		return err == nil && u.Host != "" && u.Scheme != "" && !strings.ContainsAny(v.Value, " \"<>")
	case "email":
		name, at, ok := strings.Cut(v.Value, "@")
		return ok && name != "" && hostName.MatchString(at) && !strings.ContainsAny(name, " ,;\"<>")
	case "md5", "sha1", "sha256", "sha512":
		return len(v.Value) == hexLengths[v.Kind] && strings.Trim(v.Value, "0123456789abcdef") == ""
	}
	return true
}

// The widest networks that a list holds, in bits: who blocks more than that blocks a country.
const (
	widest4 = 16
	widest6 = 32
)

// tooWide tells whether blocking a value would cut off more than anybody can mean.
func tooWide(v Value) bool {
	switch v.Kind {
	case "cidr":
		p, err := netip.ParsePrefix(v.Value)
		return err != nil || p.Addr().Is4() && p.Bits() < widest4 || p.Addr().Is6() && p.Bits() < widest6
	case "domain":
		suffix, _ := publicsuffix.PublicSuffix(v.Value)
		return suffix == v.Value
	}
	return false
}

package constituency

import (
	"context"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Holder is an organisation, and the network in force by which something is its own.
type Holder struct {
	Organisation Organisation
	Network      Network
}

// Holding is who has what was asked, the surest first: by the longest prefix or domain, by the AS number, by the country.
type Holding struct {
	Asked   Asked
	ASN     uint32 // of what was asked, 0 when unknown
	Country Country
	Holders []Holder
}

// Holders says in whose networks an address, prefix, domain, URL or AS number lies, all of them, by the rules of Who; nobody outside is asked.
// Errors: Invalid for a text that cannot be understood.
func (r *Register) Holders(ctx context.Context, actor identity.Actor, text string) (Holding, error) {
	if err := actor.Authorise(OpWho, clip(text)); err != nil {
		return Holding{}, err
	}
	asked, err := ParseQuestion(text)
	if err != nil {
		return Holding{}, err
	}
	return r.holders(ctx, asked, "")
}

// CountryHolders says who has a country.
func (r *Register) CountryHolders(ctx context.Context, actor identity.Actor, country Country) (Holding, error) {
	if err := actor.Authorise(OpWho, string(country)); err != nil {
		return Holding{}, err
	}
	return r.holders(ctx, Asked{}, country)
}

func (r *Register) holders(ctx context.Context, asked Asked, country Country) (h Holding, err error) {
	w := &inquiry{register: r, asked: asked, now: r.opts.Clock.Now(), dir: &directory{byID: map[string]Organisation{}}}
	err = r.db.Read(ctx, func(tx *sqldb.Tx) error {
		h = Holding{Asked: asked}
		w.tx = tx
		w.locate()
		if country != "" {
			w.place.Country = string(country)
		}
		h.ASN, h.Country = max(w.place.ASN, asked.ASN), Country(w.place.Country)
		for _, keys := range [][]key{asked.keys(), w.numberKeys(), w.countryKeys()} {
			found, err := w.claims(keys)
			if err != nil {
				return err
			}
			for _, c := range found {
				h.Holders = append(h.Holders, Holder{w.dir.byID[c.network.Organisation], c.network})
			}
		}
		return nil
	})
	return h, err
}

func (w *inquiry) countryKeys() []key {
	if w.place.Country == "" {
		return nil
	}
	return []key{{ByCountry, "country:" + w.place.Country}}
}

package constituency

import (
	"context"
	"encoding/hex"
	"net/netip"
	"slices"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// state reads which state the register is in; without a boundary.
func (r *Register) state(ctx context.Context) (s registerState, err error) {
	err = r.db.Read(ctx, func(tx *sqldb.Tx) error {
		s, err = readState(tx)
		return err
	})
	return s, err
}

func readState(tx *sqldb.Tx) (s registerState, err error) {
	err = tx.QueryRow("SELECT register, version FROM register_state WHERE one = 1").Scan(&s.register, &s.version)
	if sqldb.NoRows(err) {
		return registerState{}, nil // nothing was ever written
	}
	return s, err
}

// touch raises the register's version. Called first in every change, it also
// makes changes wait for each other, so that what they checked stays true.
func touch(tx *sqldb.Tx) (registerState, error) {
	var s registerState
	err := tx.QueryRow(`INSERT INTO register_state AS s (one, register, version) VALUES (1, $1, 1)
		ON CONFLICT (one) DO UPDATE SET version = s.version + 1 RETURNING register, version`, id.New()).Scan(&s.register, &s.version)
	return s, err
}

// hold makes changes wait for each other without being one: an import must know
// that what it compared with stays, and may find that it changes nothing.
func hold(tx *sqldb.Tx) error {
	_, err := tx.Exec(`INSERT INTO register_state AS s (one, register, version) VALUES (1, $1, 0)
		ON CONFLICT (one) DO UPDATE SET version = s.version`, id.New())
	return err
}

// directory is all organisations, by id.
type directory struct {
	byID map[string]Organisation
}

const organisationColumns = "id, name, kind, sector, country, COALESCE(parent, ''), criticality, version, created, updated"

func scanOrganisation(scan func(...any) error) (o Organisation, err error) {
	var created, updated int64
	err = scan(&o.ID, &o.Name, &o.Kind, &o.Sector, &o.Country, &o.Parent, &o.Criticality, &o.Version, &created, &updated)
	o.Created, o.Updated = sqldb.Time(created), sqldb.Time(updated)
	return o, err
}

func allOrganisations(tx *sqldb.Tx) (*directory, error) {
	d := &directory{byID: map[string]Organisation{}}
	err := tx.Each("SELECT "+organisationColumns+" FROM organisation", nil, func(scan func(...any) error) error {
		o, err := scanOrganisation(scan)
		d.byID[o.ID] = o
		return err
	})
	return d, err
}

func organisationByID(tx *sqldb.Tx, id string) (Organisation, error) {
	o, err := scanOrganisation(tx.QueryRow("SELECT "+organisationColumns+" FROM organisation WHERE id = $1", id).Scan)
	if sqldb.NoRows(err) {
		return o, problem.New(problem.NotFound, "no organisation %s", clip(id))
	}
	return o, err
}

// maxDepth bounds every walk up the parents, so that a cycle ends.
const maxDepth = 32

// parents yields the organisations above id, the nearest first.
func (d *directory) parents(id string) []Organisation {
	var up []Organisation
	for o, ok := d.byID[id]; ok && o.Parent != "" && len(up) < maxDepth; {
		if o, ok = d.byID[o.Parent]; ok {
			up = append(up, o)
		}
	}
	return up
}

// load reads an organisation and those above it, unless they are known.
func (d *directory) load(tx *sqldb.Tx, id string) error {
	for range maxDepth {
		o, ok := d.byID[id]
		if !ok {
			var err error
			if o, err = organisationByID(tx, id); err != nil {
				return err
			}
			d.byID[id] = o
		}
		if id = o.Parent; id == "" {
			return nil
		}
	}
	return nil
}

func (d *directory) claim(n Network) claim {
	o := d.byID[n.Organisation]
	return claim{network: n, kind: slices.Index(Kinds(), o.Kind), depth: len(d.parents(o.ID)), name: o.Name}
}

const networkColumns = "id, organisation, rule, value, valid_from, valid_until, approved_by, approved_at, version"

func scanNetwork(scan func(...any) error) (n Network, err error) {
	var from, until, approved int64
	err = scan(&n.ID, &n.Organisation, &n.Rule, &n.Value, &from, &until, &n.ApprovedBy, &approved, &n.Version)
	n.From, n.Until, n.ApprovedAt = sqldb.Time(from), sqldb.Time(until), sqldb.Time(approved)
	return n, err
}

// eachNetwork streams all networks by rule and value.
func eachNetwork(tx *sqldb.Tx, fn func(Network) error) error {
	return tx.Each("SELECT "+networkColumns+" FROM network ORDER BY rule, value", nil, func(scan func(...any) error) error {
		n, err := scanNetwork(scan)
		if err != nil {
			return err
		}
		return fn(n)
	})
}

func networksOf(tx *sqldb.Tx, organisation string) (list []Network, err error) {
	err = tx.Each("SELECT "+networkColumns+" FROM network WHERE organisation = $1 ORDER BY rule, value",
		[]any{organisation}, func(scan func(...any) error) error {
			n, err := scanNetwork(scan)
			list = append(list, n)
			return err
		})
	return list, err
}

// networksInside finds the prefixes that begin in p and are longer than it.
func networksInside(tx *sqldb.Tx, p netip.Prefix, limit int) (list []Network, err error) {
	first, last := lowKey(p.Addr()), lowKey(lastAddr(p))
	err = tx.Each("SELECT "+networkColumns+" FROM network WHERE rule = 'prefix' AND low <> '' AND low >= $1 AND low <= $2 AND value <> $3 ORDER BY low, value LIMIT $4",
		[]any{first, last, p.String(), limit}, func(scan func(...any) error) error {
			n, err := scanNetwork(scan)
			if q := n.Prefix(); err == nil && q.Bits() > p.Bits() && p.Contains(q.Addr()) {
				list = append(list, n)
			}
			return err
		})
	return list, err
}

// lowKey is an address as 32 hexadecimal digits, whose order is that of addresses.
func lowKey(a netip.Addr) string {
	b := a.As16()
	return hex.EncodeToString(b[:])
}

func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

const contactColumns = "id, organisation, channel, address, purpose, language, pgp_key, pgp_fingerprint, pgp_expires, encryption, health, version"

func scanContact(scan func(...any) error) (c Contact, err error) {
	var expires int64
	err = scan(&c.ID, &c.Organisation, &c.Channel, &c.Address, &c.Purpose, &c.Language, &c.Key, &c.KeyFingerprint, &expires, &c.Encryption, &c.Health, &c.Version)
	c.KeyExpires = sqldb.Time(expires)
	return c, err
}

func contactsOf(tx *sqldb.Tx, organisation string) (list []Contact, err error) {
	err = tx.Each("SELECT "+contactColumns+" FROM contact WHERE organisation = $1 ORDER BY purpose, channel, address",
		[]any{organisation}, func(scan func(...any) error) error {
			c, err := scanContact(scan)
			list = append(list, c)
			return err
		})
	return list, err
}

func eachContact(tx *sqldb.Tx, fn func(Contact) error) error {
	return tx.Each("SELECT "+contactColumns+" FROM contact ORDER BY organisation, purpose, channel, address", nil,
		func(scan func(...any) error) error {
			c, err := scanContact(scan)
			if err != nil {
				return err
			}
			return fn(c)
		})
}

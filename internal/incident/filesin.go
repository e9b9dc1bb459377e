package incident

import (
	"context"
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// FileRef names a file of an incident.
type FileRef struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// FilesIn lists the files of an incident that can be read: none that is erased. It is a step of somebody's operation.
func (s *Service) FilesIn(tx *sqldb.Tx, in *Inside) (list []FileRef, err error) {
	for _, about := range in.IDs {
		items, err := s.vault.Of(tx, about)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			if !i.Erased {
				list = append(list, FileRef{i.ID, i.Name, i.SHA256})
			}
		}
	}
	return list, nil
}

// Carried is what people carry to an agency.
type Carried struct {
	Thing string // id of the hand-over
	Words string // what it is
	Items []string
	Why   string // the legal basis, for the chain of custody
	looks map[string][]byte
}

// mostCarried bounds how much of the files of one hand-over is looked through for names, in bytes.
const mostCarried = 16 << 20

// LookInto reads what of the files can be looked through for names, before a transaction begins: the small ones, as far as there is room.
func (s *Service) LookInto(ctx context.Context, actor identity.Actor, c *Carried) error {
	c.looks = map[string][]byte{}
	left := mostCarried
	for _, name := range c.Items {
		data, err := s.lookable(ctx, actor, name)
		if err != nil {
			return err
		}
		if left -= len(data); data != nil && left >= 0 {
			c.looks[name] = data
		}
	}
	return nil
}

// CarryOver has release decide whether an agency may have what people carry there, looks through it for whom they may not know of, and writes into the chain of
// custody of each file that they have it, and why. unread names the files into which nobody could look: they go, and that is on record. It is a step of
// somebody's operation op. Errors: as of Hand; NotFound for a file of another incident; Conflict for an erased one.
func (s *Service) CarryOver(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, in *Inside, to Taker, c *Carried) (d release.Decision, unread []string, err error) {
	items, err := s.carried(tx, in, c.Items)
	if err != nil {
		return d, nil, err
	}
	names, err := s.namesBut(tx, in.place(), func(u *unnamed) error { return u.taker(to) }, "", nil)
	if err != nil {
		return d, nil, err
	}
	given := Handed{Kind: HandedOver, Thing: c.Thing, Names: &names, Content: leak.Content{Text: c.Words}}
	for i := range items {
		file := leak.File{Name: items[i].Name, MediaType: items[i].MediaType}
		data, why := looked(&items[i], c.looks[items[i].ID], names)
		if why == "" {
			data = c.looks[items[i].ID]
		} else {
			unread = append(unread, items[i].Name)
		}
		file.Data = data
		given.Content.Files = append(given.Content.Files, file)
	}
	if d, err = s.Hand(tx, actor, in, to, given); err != nil {
		return d, nil, err
	}
	if d.Profile == "" {
		unread = nil
	}
	return d, unread, s.custodyOver(tx, actor, op, in, items, to.Name, c.Why)
}

// carried reads files of an incident.
func (s *Service) carried(tx *sqldb.Tx, in *Inside, ids []string) (list []evidence.Item, err error) {
	for _, name := range ids {
		item, err := s.vault.Item(tx, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(in.IDs, item.Parent) {
			return nil, gone("file", name)
		}
		list = append(list, item)
	}
	return list, nil
}

func (s *Service) custodyOver(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, in *Inside, items []evidence.Item, to, why string) error {
	for i := range items {
		if err := s.vault.HandOver(tx, &items[i], evidence.Custody{At: in.Now, By: actor.ID, To: to, Reason: why}); err != nil {
			return err
		}
		if err := actor.Audit(tx, in.Now, op, items[i].Parent, nil, custodyOf(&items[i])); err != nil {
			return err
		}
	}
	return nil
}

package incident

import (
	"slices"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
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

// HandFilesOver writes into the chain of custody of files of an incident that people handed them to an agency, and why. It is a step of somebody's
// operation op. Errors: NotFound; Conflict for an erased file.
func (s *Service) HandFilesOver(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, in *Inside, items []string, to, why string) error {
	for _, name := range items {
		item, err := s.vault.Item(tx, name)
		if err != nil {
			return err
		}
		if !slices.Contains(in.IDs, item.Parent) {
			return gone("file", name)
		}
		if err := s.vault.HandOver(tx, &item, evidence.Custody{At: in.Now, By: actor.ID, To: to, Reason: why}); err != nil {
			return err
		}
		if err := actor.Audit(tx, in.Now, op, item.Parent, nil, custodyOf(&item)); err != nil {
			return err
		}
	}
	return nil
}

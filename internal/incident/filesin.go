package incident

import (
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

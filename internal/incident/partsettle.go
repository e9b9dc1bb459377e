package incident

import (
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// settleParts lets what hangs on an incident follow whether it is restricted.
func (s *Service) settleParts(tx *sqldb.Tx, i *incidentRecord) error {
	in, err := s.inside(tx, i)
	if err != nil {
		return err
	}
	for _, p := range s.parts {
		if p.Settle == nil {
			continue
		}
		if err := p.Settle(tx, in); err != nil {
			return err
		}
	}
	return nil
}

// PutAs is Put for a thing that was made for another of IDs, under that one's key. Errors: NotFound for an incident that is not among them.
func (in *Inside) PutAs(incident, field string, v any) ([]byte, error) {
	key, ok := in.keys[incident]
	if !ok {
		return nil, gone("incident", incident)
	}
	return put(key, field, v)
}

// TellMembers writes to those who see a restricted incident as its members now: a notice without content. It is a step of somebody's operation.
func (s *Service) TellMembers(tx *sqldb.Tx, in *Inside, subject, words string) error {
	return s.tellMembers(tx, in.ID, subject, words)
}

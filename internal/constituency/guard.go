package constituency

import (
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// secondPerson is why a contact of a team of the directory stays as it is.
const secondPerson = "it is a team of the directory: another contact or key needs a second person: propose it on the team's page, or with firehall team propose"

// unguarded refuses to change the contacts of an organisation whose contacts change only by a second person's word.
func (r *Register) unguarded(tx *sqldb.Tx, organisation string) error {
	if r.opts.Guard == nil {
		return nil
	}
	guarded, err := r.opts.Guard(tx)
	if err == nil && guarded[organisation] {
		err = problem.New(problem.Conflict, secondPerson)
	}
	return err
}

// sameChannel tells that what is sent to a contact goes where it went, locked as it was.
func sameChannel(a, b Contact) bool {
	return a.Channel == b.Channel && a.Address == b.Address && a.Purpose == b.Purpose && a.KeyFingerprint == b.KeyFingerprint && a.Encryption == b.Encryption
}

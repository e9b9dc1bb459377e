package constituency

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// ContactsAt returns the contacts that have an address, by organisation and
// purpose: one mailbox or webhook may serve several. Errors: Invalid for what
// is no address, NotFound when nobody has it.
func (r *Register) ContactsAt(ctx context.Context, actor identity.Actor, address string) (list []Contact, err error) {
	channel, address, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	err = r.read(ctx, actor, OpRead, address, func(tx *sqldb.Tx) error {
		return tx.Each("SELECT "+contactColumns+" FROM contact WHERE channel = $1 AND address = $2 ORDER BY organisation, purpose, id",
			[]any{string(channel), address}, func(scan func(...any) error) error {
				c, err := scanContact(scan)
				list = append(list, c)
				return err
			})
	})
	if err == nil && len(list) == 0 {
		return nil, problem.New(problem.NotFound, "no contact in the register has the address %s", address)
	}
	return list, err
}

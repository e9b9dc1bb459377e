package feed

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// zip keeps the archive in the spool while its files are admitted one by one.
func (a *admission) zip(ctx context.Context, whole io.Reader, each func(Accounts)) error {
	name := id.New() + ".zip"
	defer func() { _ = a.Layout.remove(dirSpool, name) }()
	f, err := a.Layout.create(dirSpool, name)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "receive the archive")
	}
	size, err := io.Copy(a.Layout.Careful(f), whole)
	if err = errors.Join(err, f.Close()); err != nil {
		return problem.Wrap(problem.Unavailable, err, "receive the archive")
	}
	r, err := a.Layout.FS.Open(a.Layout.path(dirSpool, name))
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	at, ok := r.(io.ReaderAt)
	if !ok {
		return problem.New(problem.Internal, "the spool gives no random access")
	}
	list, err := unpack.Members(at, size, a.src.Name, a.limits())
	if err != nil {
		return err
	}
	var failed []error
	for _, m := range list {
		acc, err := a.member(ctx, m)
		if err != nil { // what is refused of one file holds up no other
			err = fmt.Errorf("%s: %w", m.Name, err)
			if problem.KindOf(err) != problem.Invalid { // told first, since its kind says whether to try again
				return errors.Join(append([]error{err}, failed...)...)
			}
			failed = append(failed, err)
			continue
		}
		each(acc)
	}
	return errors.Join(failed...)
}

// member takes one file of a zip in.
func (a *admission) member(ctx context.Context, m unpack.Member) (acc Accounts, err error) {
	in, err := m.Open()
	if broken := (*unpack.Broken)(nil); errors.As(err, &broken) {
		return acc, problem.Wrap(problem.Invalid, err, "damaged: fetch the archive again")
	}
	if err != nil {
		return acc, err
	}
	acc, err = a.admit(ctx, m.Name, in)
	return acc, errors.Join(err, in.Close())
}

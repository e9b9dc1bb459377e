package finding

import (
	"context"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// KeepsCounts tells whether counts of findings are kept: by kind, state and sources in finding_count, and by organisation and state in
// finding_owned, with what finding_delta adds to them. Triggers of finding_row write every change into finding_delta in its own transaction,
// whoever makes it, so that the sum is always exact; addUp moves that into the counts. PostgreSQL keeps none: its triggers would cost a sixth of
// the time in which facts are applied, and it counts on several processors.
func KeepsCounts(engine sqldb.Engine) bool { return engine == sqldb.SQLite }

// addUp adds to the kept counts what has changed, and forgets it.
func addUp(tx *sqldb.Tx) error {
	if !KeepsCounts(tx.Engine()) {
		return nil
	}
	for _, q := range []string{
		`INSERT INTO finding_count AS t (kind, state, sources, findings)
			SELECT kind, state, sources, sum(findings) FROM finding_delta WHERE true GROUP BY kind, state, sources HAVING sum(findings) <> 0
			ON CONFLICT (kind, state, sources) DO UPDATE SET findings = t.findings + excluded.findings`,
		`INSERT INTO finding_owned AS t (organisation, state, findings)
			SELECT organisation, state, sum(findings) FROM finding_delta WHERE true GROUP BY organisation, state HAVING sum(findings) <> 0
			ON CONFLICT (organisation, state) DO UPDATE SET findings = t.findings + excluded.findings`,
		`DELETE FROM finding_delta`,
	} {
		if _, err := tx.Exec(q); err != nil {
			return err
		}
	}
	return nil
}

// settleCounts adds up what others than Apply have changed, if anything.
func (a *applying) settleCounts(ctx context.Context) error {
	if !KeepsCounts(a.DB.Engine()) {
		return nil
	}
	var some int64
	err := a.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM finding_delta LIMIT 1) AS waiting`).Scan(&some)
	})
	if err != nil || some == 0 {
		return err
	}
	return a.write(ctx, addUp)
}

// Recount makes the kept counts anew from the findings. It is for a database that was filled in past its own rules, by a restore, and a step of
// somebody's operation: it does not authorise.
func Recount(tx *sqldb.Tx) error {
	if !KeepsCounts(tx.Engine()) {
		return nil
	}
	for _, q := range []string{
		`DELETE FROM finding_delta`, `DELETE FROM finding_count`, `DELETE FROM finding_owned`,
		`INSERT INTO finding_count (kind, state, sources, findings) SELECT kind, state, sources, count(*) FROM finding_row GROUP BY kind, state, sources`,
		`INSERT INTO finding_owned (organisation, state, findings) SELECT organisation, state, count(*) FROM finding_row GROUP BY organisation, state`,
	} {
		if _, err := tx.Exec(q); err != nil {
			return err
		}
	}
	return nil
}

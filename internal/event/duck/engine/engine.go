// Package engine is DuckDB for the child process of package duck. Who imports it links DuckDB, which is large: only the program, and tests that ask
// questions of it.
package engine

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/firehall/firehall/internal/event/duck"
)

// Asked tells whether this process was started to be the child.
func Asked() bool {
	return len(os.Args) > 1 && os.Args[1] == duck.Word || os.Getenv(duck.Variable) != ""
}

// Child is the whole life of the child process; see duck.Child.
func Child(in io.Reader, out io.Writer) int { return duck.Child(in, out, DuckDB()) }

// DuckDB is the engine.
func DuckDB() duck.Engine {
	return duck.Engine{Open: open, Select: selects, Fault: fault}
}

func open() (driver.Conn, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	return connector.Connect(context.Background())
}

func selects(s driver.Stmt) error {
	st, ok := s.(*duckdb.Stmt)
	if !ok {
		return fmt.Errorf("a statement of type %T", s)
	}
	t, err := st.StatementType()
	if err != nil || t != duckdb.STATEMENT_TYPE_SELECT {
		return fmt.Errorf("a statement of type %v (%w)", t, err)
	}
	return nil
}

// fault sorts an error of the engine.
func fault(err error) string {
	var d *duckdb.Error
	if !errors.As(err, &d) {
		return ""
	}
	return map[duckdb.ErrorType]string{
		duckdb.ErrorTypeOutOfMemory: "memory", duckdb.ErrorTypePermission: "refused",
		duckdb.ErrorTypeIO: "file", duckdb.ErrorTypeInterrupt: "stopped",
	}[d.Type]
}

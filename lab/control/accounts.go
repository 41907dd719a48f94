package control

import (
	"context"
	"net/http"
)

// Accounts is what the control API needs for users who may do only what they
// are granted.
type Accounts interface {
	// Checked lists the privileges that were demanded of a user since
	// ResetChecked; "" is the account that the product logs in with.
	Checked(user string) []Checked
	ResetChecked()
	// SetAccount makes an account, or gives one that is there other rights: those
	// of the product's account, less some privileges.
	SetAccount(Account) error
}

// Checked is a privilege that calls of a method demanded, on objects of a type.
type Checked struct {
	Method    string `json:"method"`
	Type      string `json:"type"`
	Privilege string `json:"privilege"`
}

// Account is a user with the rights of the product's account, less some.
type Account struct {
	Username string   `json:"username"`
	Password string   `json:"password"`
	Without  []string `json:"without,omitempty"`
}

func accountHandlers(mux *http.ServeMux, v Accounts) {
	mux.HandleFunc("GET /privileges", func(w http.ResponseWriter, r *http.Request) {
		checked := v.Checked(r.URL.Query().Get("user"))
		if checked == nil {
			checked = []Checked{}
		}
		Reply(w, http.StatusOK, map[string]any{"privileges": checked})
	})
	mux.Handle("POST /privileges/reset", Handle(func(context.Context, None) (any, error) {
		v.ResetChecked()
		return nil, nil
	}))
	mux.Handle("POST /accounts", Handle(func(_ context.Context, account Account) (any, error) {
		if account.Username == "" || account.Password == "" {
			return nil, Refuse("username and password are missing")
		}
		return nil, v.SetAccount(account)
	}))
}

package vcenter

import (
	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
)

// Checked lists the privileges that were demanded of a user, or of the first of
// Options.Accounts.
func (v *VCenter) Checked(user string) (list []control.Checked) {
	if user == "" && len(v.options.Accounts) > 0 {
		user = v.options.Accounts[0].Username
	}
	for _, c := range v.service.Checked.Of(user) {
		list = append(list, control.Checked(c))
	}
	return list
}

// ResetChecked forgets what was demanded.
func (v *VCenter) ResetChecked() { v.service.Checked.Reset() }

// SetAccount implements control.Accounts. Its roles are its own.
func (v *VCenter) SetAccount(a control.Account) error {
	if len(v.options.Accounts) == 0 {
		return control.Refuse("this vCenter has no account whose rights another could have")
	}
	for _, p := range a.Without {
		if !authorization.Known(p) {
			return control.Refuse("there is no privilege %q", p)
		}
	}
	model := v.options.Accounts[0]
	if authorization.Principal(a.Username) == authorization.Principal(model.Username) {
		return control.Refuse("%s is the account whose rights others have", a.Username)
	}
	model.Username, model.Password = a.Username, a.Password
	model.Grants = authorization.Without(model.Grants, " of "+a.Username, a.Without)
	return v.service.Grant(model)
}

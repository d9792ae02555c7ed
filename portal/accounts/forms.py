"""What signing up asks beyond the address and the password."""

from django import forms


class SignupDetailsForm(forms.Form):
    name = forms.CharField(label="Full name", max_length=150)

    def signup(self, request, user):
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])

// Who the app and the pipelines are. Identities cost nothing.

param location string
param tags object
param token string

@description('owner/name of the GitHub repository whose workflows may sign in; empty: none.')
param githubRepository string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-app-${token}'
  location: location
  tags: tags
}

// A workflow signs in with GitHub's token for its environment: there is no secret to keep.
var environments = empty(githubRepository) ? [] : ['production', 'training']

resource pipelines 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = [
  for name in environments: {
    name: 'id-${name}-${token}'
    location: location
    tags: tags
  }
]

resource trust 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [
  for at in range(0, length(environments)): {
    name: 'github-${environments[at]}'
    parent: pipelines[at]
    properties: {
      issuer: 'https://token.actions.githubusercontent.com'
      subject: 'repo:${githubRepository}:environment:${environments[at]}'
      audiences: ['api://AzureADTokenExchange']
    }
  }
]

output appId string = app.id
output appClientId string = app.properties.clientId
output appPrincipalId string = app.properties.principalId
output deployClientId string = empty(environments) ? '' : pipelines[0].properties.clientId
output deployPrincipalId string = empty(environments) ? '' : pipelines[0].properties.principalId
output trainClientId string = empty(environments) ? '' : pipelines[1].properties.clientId
output trainPrincipalId string = empty(environments) ? '' : pipelines[1].properties.principalId
